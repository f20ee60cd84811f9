import { openUsers } from '@sluice/accounts'
import { once } from '@sluice/process'
import type { UsersApi } from '@sluice/serve'

/** The users of the metadata database. Nothing is opened before the first question. */
export function usersApi(databaseUrl: () => Promise<string>): UsersApi & { close(): Promise<void> } {
  const users = once(async () => openUsers(await databaseUrl()))
  return {
    list: async () => await (await users()).list(),
    create: async (user) => await (await users()).create(user),
    change: async (username, change) => await (await users()).change(username, change),
    remove: async (username) => await (await users()).remove(username),
    verify: async (username, password) => await (await users()).verify(username, password),
    bySession: async (session) => await (await users()).bySession(session),
    endSession: async (mark, until) => await (await users()).endSession(mark, until),
    sessionEnded: async (mark) => await (await users()).sessionEnded(mark),
    close: async () => {
      await (await users.begun()?.catch(() => undefined))?.close()
    },
  }
}
