import type { Columns, Sql, Table } from '@sluice/author'
import type { Duration, Json } from '@sluice/core'

export interface RetainOptions<Name extends string = string> {
  /** A timestamp or date of the table. A row without one stays. */
  readonly column: Name
  /** Rows whose column lies before the run's logical time minus this go. A date lies before it when its whole day does, in the project's zone. */
  readonly olderThan: Duration
}

export interface TaskWarehouse {
  /** Rows of a small result, in a read-only transaction. Integers up to 2^53 are numbers, larger ones and decimals strings, timestamps epoch milliseconds. */
  query<Row extends object = Readonly<Record<string, Json>>>(sql: Sql<'warehouse'>): Promise<readonly Row[]>
  /**
   * Deletes the rows that are too old, in one transaction with a receipt. Called again by a retry or a replay it deletes nothing more and answers as
   * the first time; a cleared task (a raised generation) looks again. One retention a table and column in a task.
   * @throws `definition.invalid` for a column that is not a timestamp or a date.
   */
  retain<C extends Columns>(table: Table<C>, options: RetainOptions<keyof C & string>): Promise<{ readonly deleted: number }>
}

export interface WarehouseContext {
  readonly warehouse: TaskWarehouse
}
