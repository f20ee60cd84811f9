import { quoteIdentifier, quoteLiteral } from '@sluice/duckdb'

/** A column of a copy. */
export interface CopiedColumn {
  readonly name: string
  readonly mayBeEscaped: boolean
}

/** DuckDB's own limit, below which nothing need be said. */
const usualLine = 2_000_000

/**
 * SELECT over a file of the text format of COPY: each row a line, since newlines and tabs of values are written `\n` and `\t`, so that
 * DuckDB reads it in parallel and no quote is to be found out about. The first column of the file is the same in all rows: a line is never
 * empty, which DuckDB would take for none.
 * @param longest no line has more bytes
 */
export function copiedSql(file: string, columns: readonly CopiedColumn[], longest: number): string {
  const types = ['_', ...columns.map((_, at) => `c${at}`)].map((name) => `'${name}': 'VARCHAR'`).join(', ')
  const line = Math.max(usualLine, longest + 1)
  const values = columns.map(({ name, mayBeEscaped }, at) => `${mayBeEscaped ? unescaped(`c${at}`) : `c${at}`} AS ${quoteIdentifier(name)}`)
  return `SELECT ${values.length === 0 ? 'NULL AS "_"' : values.join(', ')} FROM read_csv(${quoteLiteral(file)}, auto_detect = false,
    header = false, delim = '\t', quote = '', escape = '', comment = '', new_line = '\\n', nullstr = '\\N', strict_mode = true,
    max_line_size = ${line}${line > usualLine ? `, buffer_size = ${line * 2}` : ''}, columns = {${types}})`
}

const controls: readonly (readonly [letter: string, code: number])[] = [
  ['n', 10],
  ['t', 9],
  ['r', 13],
  ['b', 8],
  ['f', 12],
  ['v', 11],
]

/** Between two backslashes that stand for one, each backslash that is left begins the name of a control character. */
function unescaped(column: string): string {
  const piece = controls.reduce((text, [letter, code]) => `replace(${text}, '\\${letter}', chr(${code}))`, 'piece')
  return `CASE WHEN contains(${column}, '\\')
    THEN array_to_string(list_transform(string_split(${column}, '\\\\'), lambda piece: ${piece}), '\\') ELSE ${column} END`
}
