import { openUsers, type Users, type UsersOptions } from '../open-users.ts'
import type { PasswordCost } from '../password-hash.ts'

/** A hundredth of what lasts: passwords of tests protect nothing, and a suite that signs in often computes little else. */
const testCost: PasswordCost = { N: 2 ** 10, r: 8, p: 1 }

/** `openUsers` as tests want it: whatever takes a password takes milliseconds. */
export const openTestUsers = (databaseUrl: string, options: Pick<UsersOptions, 'upToDate'> = {}): Promise<Users> =>
  openUsers(databaseUrl, { ...options, cost: testCost })
