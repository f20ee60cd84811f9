import type { Columns, Declared, RowOf } from '@sluice/author'

/** The warehouse as a step sees it that reads and fills these datasets, by id. */
export interface TaskWarehouse<Reads extends string = string, Fills extends string = string> {
  /**
   * Rows of a small result, in a read-only transaction. Integers up to 2^53 are numbers, larger ones and decimals strings, timestamps epoch
   * milliseconds. Its columns must be these. @throws `definition.invalid` where they are not
   */
  rows<const C extends Columns, U extends string>(
    columns: C,
    statement: Declared<U, Reads | Fills, 'warehouse', 'reads'>,
  ): Promise<readonly RowOf<C>[]>
}

export interface WarehouseContext<Reads extends string = string, Fills extends string = string> {
  readonly warehouse: TaskWarehouse<Reads, Fills>
}
