import type { CellConventions } from '@sluice/author'
import type { DuckConnection } from '@sluice/duckdb'
import { findConventions, type SampleOfCells } from '../cells/conventions.ts'
import type { FileAtHand, Found, OpenFile, ReadContext } from '../reader.ts'
import type { RecordSelects } from './opened.ts'

/** Records that are looked at before all are. */
const sampled = 1000

/** The SELECTs of a file with the texts of its cells rewritten as its conventions have them. */
export async function withConventions(
  connection: DuckConnection,
  file: FileAtHand,
  { columns, rows, numbered, refused }: RecordSelects,
  found: Found,
  format: CellConventions,
  context: ReadContext,
): Promise<Pick<OpenFile, 'columns' | 'rows' | 'numbered' | 'refused' | 'found'>> {
  const names = columns.map(({ name }) => name)
  const first = await connection.rows<Record<string, string | null>>(`${numbered} LIMIT ${sampled}`)
  const sample = first.map((row): SampleOfCells => ({ line: Number(row._row), cells: names.map((name) => row[name] ?? null) }))
  const texts = { sample, whole: sample.length < sampled, numbered }
  const conventions = await findConventions(connection, file, columns, texts, format, context)
  return {
    columns,
    rows: conventions.rows(rows),
    numbered: conventions.numbered(numbered),
    refused,
    found: { ...found, ...conventions.found },
  }
}
