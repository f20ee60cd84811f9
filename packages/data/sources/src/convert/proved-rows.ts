import type { FileFormat } from '@sluice/author'
import type { DuckConnection } from '@sluice/duckdb'
import type { FileAtHand, FileColumn, ReadContext } from '../files/reader.ts'
import { readerOf } from '../files/reader-of.ts'
import type { ProposedFile } from './propose.ts'

/** The rows of a file, columns of which each text is proved to be a value read as their types. */
export interface ProvedRows extends AsyncDisposable {
  readonly rows: string
  readonly columns: readonly FileColumn[]
}

/** Of a smaller text no column is proved. */
const leastBytes = 1024 * 1024

/**
 * What a pull reads of a file whose columns are declared. The types of a file that is converted are known once all of it was looked at, so
 * that it is opened once more. `undefined` where each text is to be judged.
 * @param proposed a file of which each text fits
 */
export async function provedRows(
  connection: DuckConnection,
  file: FileAtHand,
  format: FileFormat,
  { opened: { columns }, types, kinds }: ProposedFile,
  context: ReadContext,
): Promise<ProvedRows | undefined> {
  if (format.kind !== 'csv' || file.bytes < leastBytes) return undefined
  const target = (column: string) => types[columns.findIndex(({ name }) => name === column)]?.type
  const again = await (await readerOf(format.kind)).open(connection, file, format, {
    ...context,
    wanted: (column) => kinds.get(column),
    target,
  })
  if (again.typed !== undefined) return { ...again.typed, [Symbol.asyncDispose]: () => again[Symbol.asyncDispose]() }
  await again[Symbol.asyncDispose]()
  return undefined
}
