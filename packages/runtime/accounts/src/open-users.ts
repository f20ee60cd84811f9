import type { Instant } from '@sluice/core'
import { openPool } from '@sluice/postgres'
import { endSession, sessionEnded } from './ended-sessions.ts'
import { migrateAccounts } from './migrate.ts'
import {
  changeUser,
  createUser,
  deleteUser,
  listUsers,
  type NewUser,
  type UserChange,
  type UserSummary,
  userOfSession,
  type VerifiedUser,
  verifyUser,
} from './users.ts'

/** Who may sign in, kept in the metadata database. There is nobody until somebody is created. */
export interface Users {
  /** By name. */
  list(): Promise<readonly UserSummary[]>
  /** @throws `request.invalid` for a name that is taken or no name, and for a password of less than 12 characters. */
  create(user: NewUser): Promise<UserSummary>
  /**
   * A new password, and disabling, end the user's sessions; a new role holds from the next request on.
   * @throws `not_found`, `request.invalid`
   */
  change(username: string, change: UserChange): Promise<UserSummary>
  /** Ends the user's sessions. @throws `not_found` */
  remove(username: string): Promise<void>
  /** `undefined` for a wrong password, an unknown and a disabled user alike, after the same time. */
  verify(username: string, password: string): Promise<VerifiedUser | undefined>
  /** Whose session that is; `undefined` when it has ended. */
  bySession(session: string): Promise<UserSummary | undefined>
  /** The session with this mark is refused from now on; `until`: when it would have ended by itself. */
  endSession(mark: string, until: Instant): Promise<void>
  sessionEnded(mark: string): Promise<boolean>
  close(): Promise<void>
}

/** Over the metadata database, whose tables of accounts are brought up to date first. */
export async function openUsers(databaseUrl: string): Promise<Users> {
  await migrateAccounts(databaseUrl)
  const pool = openPool(databaseUrl, { max: 2, applicationName: 'sluice users' })
  return {
    list: () => listUsers(pool),
    create: (user) => createUser(pool, user),
    change: (username, change) => changeUser(pool, username, change),
    remove: (username) => deleteUser(pool, username),
    verify: (username, password) => verifyUser(pool, username, password),
    bySession: (session) => userOfSession(pool, session),
    endSession: (mark, until) => endSession(pool, mark, until),
    sessionEnded: (mark) => sessionEnded(pool, mark),
    close: () => pool.end(),
  }
}
