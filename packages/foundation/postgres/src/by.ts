import type { Actor } from '@sluice/core'
import type { Connection, Queryable } from './connection.ts'
import type { Pool } from './pool.ts'

/** By whose order something is changed, and what is written together with it. */
export interface By {
  readonly actor: Actor
  /** Called in the transaction of the change, once in each try of it: what it writes is there when the change is, and only then. */
  record?(tx: Queryable): Promise<void>
}

/** Of calls that name nobody: whoever can open the database could change it without us. */
export const byOwner: By = { actor: 'owner' }

/** Carries out a change of several statements with what is recorded of it: all or nothing. */
export const changingTogether = <T>(pool: Pool, by: By, change: (tx: Connection) => Promise<T>): Promise<T> =>
  pool.transaction(
    async (tx) => {
      const result = await change(tx)
      await by.record?.(tx)
      return result
    },
    { retry: { attempts: 5 } },
  )

/** The same for a change of one statement, which needs no transaction where nothing is recorded. */
export const changing = <T>(pool: Pool, by: By, change: (db: Queryable) => Promise<T>): Promise<T> =>
  by.record === undefined ? change(pool) : changingTogether(pool, by, change)
