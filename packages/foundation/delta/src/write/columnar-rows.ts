import type { ScratchChunk, ScratchColumn } from '../scratch.ts'

/** The key of rows that come by column. Not the name of any column, and the same in every copy of this package. */
export const byColumn: unique symbol = Symbol.for('@sluice/delta: rows by column') as never

/** Rows by column in types of DuckDB, read once. */
export interface ColumnarRows {
  readonly [byColumn]: () => Promise<{ readonly columns: readonly ScratchColumn[]; readonly chunks: AsyncIterable<ScratchChunk> }>
}

export function isColumnar(value: unknown): value is ColumnarRows {
  return typeof value === 'object' && value !== null && byColumn in value
}
