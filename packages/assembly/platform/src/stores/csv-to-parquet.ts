import { type DuckDB, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import type { ToParquet } from '@sluice/warehouse'

/**
 * Rows of a warehouse as Parquet, with the types that they have there. Numbers without a declared size become the narrowest decimal that
 * holds all of them, else texts: none is rounded. What Parquet has no type for stays the text of every answer.
 */
export const csvToParquet =
  (duckdb: () => Promise<DuckDB>): ToParquet =>
  async (csv, columns, file) => {
    const connection = await (await duckdb()).connect()
    try {
      const shape = columns.map(({ name }) => `${quoteLiteral(name)}: 'VARCHAR'`).join(', ')
      const rows = `read_csv(${quoteLiteral(csv)}, header = true, columns = {${shape}}, delim = ',', quote = '"', escape = '"',
        nullstr = '', allow_quoted_nulls = false, max_line_size = 268435456, strict_mode = true)`
      const cells: string[] = []
      for (const { name, type } of columns) {
        const column = quoteIdentifier(name)
        cells.push(`${castOf(column, type === 'numeric' ? await decimalOf(column, rows) : type)} AS ${column}`)
      }
      await connection.run(`COPY (SELECT ${cells.join(', ')} FROM ${rows}) TO ${quoteLiteral(file)} (FORMAT parquet, COMPRESSION zstd)`)

      async function decimalOf(column: string, from: string): Promise<string> {
        const digits = (pattern: string): string => `coalesce(max(length(regexp_extract(${column}, '${pattern}', 1))), 0)`
        const [found] = await connection.rows<{ whole: number; part: number; plain: boolean }>(
          `SELECT ${digits('^-?0*(\\d*)')}::INTEGER AS whole, ${digits('\\.(\\d+)$')}::INTEGER AS part,
            coalesce(bool_and(regexp_full_match(${column}, '-?\\d+(\\.\\d+)?')), true) AS plain FROM ${from}`,
        )
        const { whole = 0, part = 0, plain = false } = found ?? {}
        return plain && whole + part <= 38 ? `numeric(${Math.max(1, whole + part)},${part})` : 'text'
      }
    } finally {
      connection.close()
    }
  }

function castOf(column: string, type: string): string {
  const decimal = /^numeric\((\d+),(\d+)\)$/.exec(type)
  if (decimal !== null && Number(decimal[1]) <= 38) return `CAST(${column} AS DECIMAL(${decimal[1]}, ${decimal[2]}))`
  if (type === 'bytea') return `from_base64(${column})`
  const found = types.find(([pattern]) => pattern.test(type))
  return found === undefined ? column : `CAST(${column} AS ${found[1]})`
}

/** Names of PostgreSQL, and the type of DuckDB that holds the same. */
const types: readonly (readonly [RegExp, string])[] = [
  [/^boolean$/, 'BOOLEAN'],
  [/^smallint$/, 'SMALLINT'],
  [/^integer$/, 'INTEGER'],
  [/^bigint$/, 'BIGINT'],
  [/^real$/, 'FLOAT'],
  [/^double precision$/, 'DOUBLE'],
  [/^date$/, 'DATE'],
  [/^timestamp(?:\(\d\))? with time zone$/, 'TIMESTAMPTZ'],
  [/^timestamp(?:\(\d\))? without time zone$/, 'TIMESTAMP'],
  [/^uuid$/, 'UUID'],
]
