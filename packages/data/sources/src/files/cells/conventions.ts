import type { CellConventions } from '@sluice/author'
import { type DuckConnection, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import type { FileAtHand, FileColumn, Found, ReadContext } from '../reader.ts'

/** The texts of a file for whoever looks for what they mean. */
export interface Texts {
  /** Some records, the first ones among them: the line (row, record) at which each begins, and a text or NULL for each column. */
  readonly sample: readonly SampleOfCells[]
  /** Whether these are all. */
  readonly whole: boolean
  /** `OpenFile.numbered` before conventions: all records, asked where the sample does not say enough. */
  readonly numbered: string
}

export interface SampleOfCells {
  readonly line: number
  readonly cells: readonly (string | null)[]
}

/** How the cells of a file are spelled, column by column, and the SQL that rewrites them as the judge spells values. */
export interface Conventions {
  readonly found: Found
  /**
   * The rows of a SELECT with texts rewritten: spellings of NULL are NULL, `1.234,50 €` is `1234.50`, `31/12/2026` is `2026-12-31`. A text
   * that does not fit stays as it came. `kept`: columns beside those of the file, which come first.
   */
  select(rows: string, kept?: readonly string[]): string
}

/** @throws `file.ambiguous` for a column whose texts may mean two things */
export async function findConventions(
  _connection: DuckConnection,
  _file: FileAtHand,
  columns: readonly FileColumn[],
  _texts: Texts,
  format: CellConventions,
  _context: ReadContext,
): Promise<Conventions> {
  await Promise.resolve()
  const nulls = [...new Set((format.nulls ?? []).map((text) => text.toLowerCase()))]
  if (nulls.length === 0) return { found: {}, select: (rows) => rows }
  const list = nulls.map(quoteLiteral).join(', ')
  return {
    found: { nulls: [...(format.nulls ?? [])] },
    select(rows, kept = []) {
      const cells = columns.map(({ name, type }) => {
        const column = quoteIdentifier(name)
        return type === 'VARCHAR' ? `CASE WHEN lower(trim(${column})) IN (${list}) THEN NULL ELSE ${column} END AS ${column}` : column
      })
      return `SELECT ${[...kept.map(quoteIdentifier), ...cells].join(', ')} FROM (${rows})`
    },
  }
}
