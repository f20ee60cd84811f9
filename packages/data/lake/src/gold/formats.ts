import type { ExportFormat } from '@sluice/author'
import { inputErrors, unreachable } from '@sluice/core'
import { fileList, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import type { GoldColumn, MediaType } from './manifest.ts'

/** The end of the files' names. */
export const endingOf: Readonly<Record<ExportFormat, string>> = { parquet: 'parquet', csv: 'csv', ndjson: 'ndjson' }

/** COPY of a SELECT to a file that is read back without losing anything. @throws `input.invalid` for a type that the format cannot hold. */
export function copySql(select: string, columns: readonly GoldColumn[], format: ExportFormat, target: string): string {
  const to = (source: string, options: string): string => `COPY (${source}) TO ${quoteLiteral(target)} (${options})`
  switch (format) {
    case 'parquet':
      return to(select, 'FORMAT parquet, COMPRESSION zstd')
    case 'csv':
      return to(`SELECT ${columns.map((column) => written(column, format)).join(', ')} FROM (${select})`, "FORMAT csv, HEADER, NULLSTR ''")
    case 'ndjson':
      return to(`SELECT ${columns.map((column) => written(column, format)).join(', ')} FROM (${select})`, 'FORMAT json, ARRAY false')
    default:
      return unreachable(format)
  }
}

const isMediaType = (format: ExportFormat | MediaType): format is MediaType => format.includes('/')

/** The one column of a file that was put as it is. */
export const contentColumn = (type: MediaType): GoldColumn => ({ name: 'content', type: holdsText(type) ? 'VARCHAR' : 'BLOB' })

export const holdsText = (type: MediaType): boolean => type.startsWith('text/') || /[/+](json|xml)$/.test(type)

/** The rows of exported files, in the types they had; of files that were put as they are, their content. */
export function readSql(paths: readonly string[], columns: readonly GoldColumn[], format: ExportFormat | MediaType): string {
  if (isMediaType(format)) return `SELECT content FROM ${holdsText(format) ? 'read_text' : 'read_blob'}(${fileList(paths)})`
  const names = columns.map(({ name }) => quoteIdentifier(name)).join(', ')
  const texts = `{${columns.map((column) => `${quoteLiteral(column.name)}: ${quoteLiteral(isNumberOrFlag(column.type) ? column.type : 'VARCHAR')}`).join(', ')}}`
  const cast = columns.map((column) => `${read(column)} AS ${quoteIdentifier(column.name)}`).join(', ')
  switch (format) {
    case 'parquet':
      return `SELECT ${names} FROM read_parquet(${fileList(paths)}, hive_partitioning = false)`
    case 'csv':
      return `SELECT ${cast} FROM read_csv(${fileList(paths)}, header = true, auto_detect = false, delim = ',', quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false, hive_partitioning = false, columns = ${texts})`
    case 'ndjson':
      return `SELECT ${cast} FROM read_json(${fileList(paths)}, format = 'newline_delimited', hive_partitioning = false, columns = ${texts})`
    default:
      return unreachable(format)
  }
}

/** JSON and CSV hold these exactly as they are; all else, decimals above all, travels as text. */
const isNumberOrFlag = (type: string): boolean => /^(TINYINT|SMALLINT|INTEGER|BIGINT|BOOLEAN)$/.test(type)

function written({ name, type }: GoldColumn, format: ExportFormat): string {
  const column = quoteIdentifier(name)
  if (isNumberOrFlag(type)) return column
  if (type === 'BLOB') return `base64(${column}) AS ${column}`
  if (isNested(type)) {
    throw inputErrors.invalid(`${format} cannot hold the column ${name} of type ${type}`, {
      facts: { column: name, type, format },
      next: 'Export it as parquet, or select to_json(...) of the column.',
    })
  }
  return `CAST(${column} AS VARCHAR) AS ${column}`
}

function read({ name, type }: GoldColumn): string {
  const column = quoteIdentifier(name)
  return type === 'BLOB' ? `from_base64(${column})` : `CAST(${column} AS ${type})`
}

const isNested = (type: string): boolean => /\]$|^(STRUCT|MAP|UNION)\(/.test(type)
