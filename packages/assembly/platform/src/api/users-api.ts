import { openUsers } from '@sluice/accounts'
import { once } from '@sluice/process'
import type { UsersApi } from '@sluice/serve'
import { lazily } from '../lazily.ts'

/** The users of the metadata database. Nothing is opened before the first question. */
export function usersApi(databaseUrl: () => Promise<string>): { readonly api: UsersApi; close(): Promise<void> } {
  const users = once(async () => openUsers(await databaseUrl()))
  return {
    api: lazily<UsersApi>(users),
    close: async () => {
      await (await users.begun()?.catch(() => undefined))?.close()
    },
  }
}
