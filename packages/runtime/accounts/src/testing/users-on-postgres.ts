import { openPool, type Pool } from '@sluice/postgres'
import { testDatabase } from '@sluice/postgres/testing'
import type { Users } from '../open-users.ts'
import { openTestUsers } from './index.ts'

export interface UsersOnPostgres extends AsyncDisposable {
  readonly url: string
  readonly pool: Pool
  readonly users: Users
}

/** The accounts of a database of its own, with nobody in it. */
export async function usersOnPostgres(): Promise<UsersOnPostgres> {
  const database = await testDatabase()
  const pool = openPool(database.url, { max: 1 })
  const users = await openTestUsers(database.url)
  return {
    url: database.url,
    pool,
    users,
    async [Symbol.asyncDispose]() {
      await users.close()
      await pool.end()
      await database.drop()
    },
  }
}
