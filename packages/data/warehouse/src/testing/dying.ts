import type { Connection, Pool } from '@sluice/postgres'
import { openWarehouse, type Warehouse } from '../index.ts'

export interface DyingWarehouse {
  readonly warehouse: Warehouse
  /** Of its transactions, so far. */
  readonly statements: () => number
}

/** A warehouse over a pool of whose transactions the statement of that number finds its session killed. Nothing is tried again. */
export function dying(pool: Pool, at: number): DyingWarehouse {
  let count = 0
  const killed = async (tx: Connection): Promise<void> => {
    if (++count === at) await tx.query('select pg_terminate_backend(pg_backend_pid())')
  }
  const killing: Pool = {
    ...pool,
    transaction: (fn, options) =>
      pool.transaction(
        (tx) =>
          fn({
            ...tx,
            query: async (statement, params) => {
              await killed(tx)
              return await tx.query(statement, params)
            },
            execute: async (statement, params) => {
              await killed(tx)
              return await tx.execute(statement, params)
            },
          }),
        { ...options, retry: { attempts: 1 } },
      ),
  }
  return { warehouse: openWarehouse({ database: { pool: killing }, project: 'demo' }), statements: () => count }
}
