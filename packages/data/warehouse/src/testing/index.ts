import type { AnyDataset } from '@sluice/author'
import { testDatabase } from '@sluice/postgres/testing'
import { createTableSql, openWarehouse, platformMigrations, type Warehouse } from '../index.ts'

export { type DyingWarehouse, dying } from './dying.ts'

/** The warehouse of the project `demo` in a database of its own. */
export interface TestWarehouse extends AsyncDisposable {
  readonly warehouse: Warehouse
  readonly url: string
  /** The database goes with it. */
  close(): Promise<void>
}

/** Has the platform's tables and those of the datasets. */
export async function testWarehouse(...datasets: readonly AnyDataset[]): Promise<TestWarehouse> {
  const database = await testDatabase({ migrations: await platformMigrations() })
  const warehouse = openWarehouse({ database: { url: database.url }, project: 'demo' })
  for (const statement of datasets.flatMap((each) => createTableSql(each))) await warehouse.pool.query(statement)
  const close = async (): Promise<void> => {
    await warehouse.close()
    await database.drop()
  }
  return { warehouse, url: database.url, close, [Symbol.asyncDispose]: close }
}
