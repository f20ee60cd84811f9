import { unsupported } from '../errors.ts'
import { partitionConstant } from '../files/partition.ts'
import { type Field, toDuckType } from '../schema/schema.ts'
import { fileLiteral, quoteIdentifier, quoteLiteral } from '../sql.ts'
import type { TableShape } from './prune.ts'

export interface ScanFile {
  /** Absolute path on disk. */
  readonly path: string
  readonly partitionValues: Readonly<Record<string, string | null>>
}

/** The physical columns of a file, by name and DuckDB type. */
export type FileColumns = readonly { readonly name: string; readonly type: string }[]

export interface Scan {
  readonly shape: TableShape
  readonly files: readonly ScanFile[]
  /** In the order wanted. */
  readonly fields: readonly Field[]
  /** Physical columns of the file when there is exactly one: `schema=` would scan a single file on one thread. */
  readonly single: FileColumns | undefined
  /** Adds `positionColumns`: where each row lies. */
  readonly positions?: boolean | undefined
}

/** The place of a row: the index of its file among those scanned, and its physical number in the file, both BIGINT. */
export const positionColumns = { file: '$file', row: '$row' } as const

const positionSql = `file_index::BIGINT AS ${quoteIdentifier(positionColumns.file)}, file_row_number AS ${quoteIdentifier(positionColumns.row)}`

/** A SELECT over exactly these files with exactly these columns in the table's types; a column that a file lacks is NULL. */
export function scanSelect({ shape, files, fields, single, positions = false }: Scan): string {
  const [first] = files
  if (fields.length === 0) throw unsupported('table without columns', 'there is nothing to select')
  const nowhere = positions
    ? [`NULL::BIGINT AS ${quoteIdentifier(positionColumns.file)}, NULL::BIGINT AS ${quoteIdentifier(positionColumns.row)}`]
    : []
  if (first === undefined)
    return `SELECT ${[...fields.map((f) => `CAST(NULL AS ${toDuckType(f.type)}) AS ${quoteIdentifier(f.name)}`), ...nowhere].join(', ')} WHERE false`
  const place = positions ? [positionSql] : []
  if (single !== undefined && files.length === 1) return selectOne(first, shape, fields, single, place)
  const physical = shape.schema.fields.filter((f) => !shape.partitionColumns.includes(f.name))
  if ((positions || shape.partitionColumns.length > 0) && physical.some((f) => f.name.toLowerCase() === 'file_index')) {
    throw unsupported('column named file_index in a partitioned table', 'DuckDB gives the name another meaning')
  }
  const columns = fields.map(
    (f) => `${shape.partitionColumns.includes(f.name) ? partitionColumn(files, f) : quoteIdentifier(f.name)} AS ${quoteIdentifier(f.name)}`,
  )
  return `SELECT ${[...columns, ...place].join(', ')} FROM read_parquet([${files.map((file) => fileLiteral(file.path)).join(', ')}], hive_partitioning=false, schema=MAP{${physical.map(schemaEntry).join(', ')}})`
}

/** `schema=` maps by name, fills what a file lacks and casts, without reading all footers first as `union_by_name` does. */
function schemaEntry(field: Field): string {
  const name = quoteLiteral(field.name)
  return `${name}: {name: ${name}, type: ${quoteLiteral(toDuckType(field.type))}, default_value: NULL}`
}

function partitionColumn(files: readonly ScanFile[], field: Field): string {
  const constants = files.map((file) => partitionConstant(file.partitionValues[field.name], field.type))
  const [first] = constants
  return first !== undefined && constants.every((constant) => constant === first)
    ? first
    : `list_extract([${constants.join(', ')}], file_index::BIGINT + 1)`
}

function selectOne(file: ScanFile, shape: TableShape, fields: readonly Field[], physical: FileColumns, place: readonly string[]): string {
  const byName = new Map(physical.map((column) => [column.name.toLowerCase(), column]))
  const columns = fields.map((field) => `${expressionFor(field)} AS ${quoteIdentifier(field.name)}`)
  return `SELECT ${[...columns, ...place].join(', ')} FROM read_parquet([${fileLiteral(file.path)}], hive_partitioning=false)`

  function expressionFor(field: Field): string {
    if (shape.partitionColumns.includes(field.name)) return partitionConstant(file.partitionValues[field.name], field.type)
    const wanted = toDuckType(field.type)
    const column = byName.get(field.name.toLowerCase())
    if (column === undefined) return `CAST(NULL AS ${wanted})`
    return column.type === wanted ? quoteIdentifier(column.name) : `CAST(${quoteIdentifier(column.name)} AS ${wanted})`
  }
}
