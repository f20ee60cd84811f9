import type { AnyDataset } from '@sluice/author'
import type { DuckConnection } from '@sluice/duckdb'
import type { HeldRecords } from '@sluice/sources/files'
import { heldBatch, heldRowsOf, type PulledFile, rowsOf } from './open-file.ts'

/** A file with the batch that its rows are marked with. */
interface Gathered extends PulledFile {
  readonly batch: string
}

const textsTable = '_sluice_texts'
const heldTable = '_sluice_held'

/**
 * Puts the rows of files of the same columns into one table, those of a file in their order.
 *
 * A scan of its own costs a file some milliseconds of a processor, whatever its size. Small files that are at hand are put in by one
 * statement for all that are spelled alike.
 * @returns SELECT of them
 */
export async function gather(connection: DuckConnection, files: readonly Gathered[], into: AnyDataset): Promise<string> {
  const selects: string[] = []
  const alike = new Map<string, HeldFile[]>()
  for (const file of files) {
    const { held } = file.open
    if (held === undefined) selects.push(rowsOf(file, into, file.batch, true))
    else {
      const select = heldRowsOf(file, held, into, heldTable)
      const width = file.open.columns.length
      alike.set(select, [...(alike.get(select) ?? []), { batch: file.batch, held, width }])
    }
  }
  let isFirst = true
  const put = async (select: string): Promise<void> => {
    await inTurn(connection, textsTable, [select], isFirst)
    isFirst = false
  }
  for (const select of selects) await put(select)
  for (const [select, some] of alike) {
    for (const piece of piecesOf(some)) {
      await fill(connection, piece)
      await put(select)
    }
  }
  return `SELECT * FROM ${textsTable}`
}

interface HeldFile {
  readonly batch: string
  readonly held: HeldRecords
  readonly width: number
}

type HeldRow = readonly (string | null)[]

/** What one statement takes: DuckDB has it as JSON, as lists and as rows at once. */
const mostCells = 100_000

/** Rows of files: batch, line and cells. */
function* piecesOf(files: readonly HeldFile[]): Generator<{ readonly width: number; readonly rows: readonly HeldRow[] }> {
  const width = files[0]?.width ?? 0
  let rows: HeldRow[] = []
  for (const { batch, held } of files) {
    for (const { line, cells } of held.records) {
      rows.push([batch, String(line), ...cells])
      if (rows.length * (width + 2) < mostCells) continue
      yield { width, rows }
      rows = []
    }
  }
  // Files without a record are a table without one.
  yield { width, rows }
}

async function fill(
  connection: DuckConnection,
  { width, rows }: { readonly width: number; readonly rows: readonly HeldRow[] },
): Promise<void> {
  const cells = Array.from({ length: width }, (_, at) => `r[${at + 3}] AS c${at}`)
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE ${heldTable} AS SELECT r[1] AS ${heldBatch}, r[2]::BIGINT AS _row, ${cells.join(', ')}
     FROM (SELECT unnest(from_json($rows::JSON, '[["VARCHAR"]]')) AS r)`,
    { rows: JSON.stringify(rows) },
  )
}

/** One scan after another: 200 files of a line each in one union want more than 512 MB, since each scan has its buffers. */
export async function inTurn(connection: DuckConnection, table: string, selects: readonly string[], anew = true): Promise<void> {
  for (const [at, select] of selects.entries())
    await connection.run(anew && at === 0 ? `CREATE OR REPLACE TEMP TABLE ${table} AS ${select}` : `INSERT INTO ${table} ${select}`)
}
