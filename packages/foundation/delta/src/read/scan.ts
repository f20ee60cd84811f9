import { corrupt, unsupported } from '../errors.ts'
import { partitionConstant } from '../files/partition.ts'
import { columnId, mapFields, physicalName, physicalType, physicalValue } from '../schema/mapping.ts'
import { asLeaf, type DeltaType, type Field, toDuckType } from '../schema/schema.ts'
import { fileLiteral, quoteIdentifier, quoteLiteral } from '../sql.ts'
import type { TableShape } from './prune.ts'

export interface ScanFile {
  /** The absolute path on the disk. */
  readonly path: string
  readonly partitionValues: Readonly<Record<string, string | null>>
}

/** The physical columns of a file, by name and DuckDB type. */
export type FileColumns = readonly { readonly name: string; readonly type: string }[]

export interface Scan {
  readonly shape: TableShape
  readonly files: readonly ScanFile[]
  /** In the requested order. */
  readonly fields: readonly Field[]
  /** The physical columns of the file when there is exactly one, because DuckDB scans a single file with `schema=` on one thread. */
  readonly single: FileColumns | undefined
  /** The condition that `notDeleted` gives for these files. */
  readonly notDeleted?: string | undefined
  /** Adds `positionColumns` to every row. */
  readonly positions?: boolean | undefined
}

/** The position of a row: the index of its file among the scanned files, and the number of the row in that file, both BIGINT. */
export const positionColumns = { file: '$file', row: '$row' } as const

const positionSql = `file_index::BIGINT AS ${quoteIdentifier(positionColumns.file)}, file_row_number AS ${quoteIdentifier(positionColumns.row)}`

/**
 * A SELECT over exactly these files with exactly these columns in the table's types. A column that a file lacks is NULL. Columns are found
 * by physical name, or by id in the `id` mode of column mapping.
 */
export function scanSelect({ shape, files, fields, single, notDeleted, positions = false }: Scan): string {
  const [first] = files
  if (fields.length === 0) throw unsupported('table without columns', 'there is nothing to select')
  const nowhere = positions
    ? [`NULL::BIGINT AS ${quoteIdentifier(positionColumns.file)}, NULL::BIGINT AS ${quoteIdentifier(positionColumns.row)}`]
    : []
  if (first === undefined)
    return `SELECT ${[...fields.map((f) => `CAST(NULL AS ${readType(f.type)}) AS ${quoteIdentifier(f.name)}`), ...nowhere].join(', ')} WHERE false`
  const physical = shape.schema.fields.filter((f) => !shape.partitionColumns.includes(f.name))
  if (positions || notDeleted !== undefined || shape.partitionColumns.length > 0)
    checkNames(single?.map(({ name }) => name) ?? physical.map((f) => physicalName(f, mode(shape))))
  if (positions) checkReserved(shape)
  const parts = positions ? [positionSql] : []
  const where = notDeleted === undefined ? '' : ` WHERE ${notDeleted}`
  if (single !== undefined && files.length === 1) {
    const columns = fields.map((field) => `${columnOfOne(first, shape, field, single)} AS ${quoteIdentifier(field.name)}`)
    return `SELECT ${[...columns, ...parts].join(', ')} FROM read_parquet([${fileLiteral(first.path)}], hive_partitioning=false)${where}`
  }
  const columns = fields.map(
    (f) =>
      `${shape.partitionColumns.includes(f.name) ? partitionColumn(files, shape, f) : logical(shape, f)} AS ${quoteIdentifier(f.name)}`,
  )
  const paths = files.map((file) => fileLiteral(file.path)).join(', ')
  const schema = physical.map((field) => schemaEntry(shape, field)).join(', ')
  return `SELECT ${[...columns, ...parts].join(', ')} FROM read_parquet([${paths}], hive_partitioning=false, schema=MAP{${schema}})${where}`
}

/** A `void` column is in no data file and NULL in every row (PROTOCOL.md, Void Type). Any type can represent it. */
function readType(type: DeltaType): string {
  return toDuckType(withoutVoid(type))
}

function withoutVoid(type: DeltaType): DeltaType {
  if (typeof type === 'string') return (type as string) === 'void' ? 'integer' : type
  switch (type.type) {
    case 'array':
      return { ...type, elementType: withoutVoid(type.elementType) }
    case 'map':
      return { ...type, keyType: withoutVoid(type.keyType), valueType: withoutVoid(type.valueType) }
    case 'struct':
      return { ...type, fields: type.fields.map((field) => ({ ...field, type: withoutVoid(field.type) })) }
    default:
      return asLeaf(type, type)
  }
}

function mode({ mapping }: TableShape) {
  return mapping
}

/** When a file has columns of these names, DuckDB returns them instead of its virtual columns. */
function checkNames(names: readonly string[]): void {
  const taken = names.find((name) => /^file_(index|row_number)$/i.test(name))
  if (taken !== undefined)
    throw unsupported(`column named ${taken} in a table with partitions or deletion vectors`, 'DuckDB has a virtual column of this name')
}

/** Row changes use these names for columns of their own. */
function checkReserved({ schema }: TableShape): void {
  const taken = schema.fields.find(({ name }) => /^\$(file|row|change|source|clause)$/i.test(name))
  if (taken !== undefined) throw unsupported(`changes of a table with a column named ${taken.name}`, 'row changes use this name')
}

/** `schema=` finds columns by name or id, fills missing columns and casts. Unlike `union_by_name` it does not read all footers first. */
function schemaEntry(shape: TableShape, field: Field): string {
  const name = quoteLiteral(physicalName(field, mode(shape)))
  const id = mode(shape) === 'id' ? columnId(field, 'id') : undefined
  if (mode(shape) === 'id' && id === undefined) throw corrupt(`The table maps columns by id, but the column ${field.name} has no id.`)
  return `${id ?? name}: {name: ${name}, type: ${quoteLiteral(readType(physicalType(field.type, mode(shape))))}, default_value: NULL}`
}

function logical(shape: TableShape, field: Field): string {
  return logicalValue(quoteIdentifier(physicalName(field, mode(shape))), field.type, shape)
}

/** Gives the fields of the structs in a physical value their names in the table. */
function logicalValue(sql: string, type: DeltaType, shape: TableShape): string {
  const turned = mapFields(type, (field) => ({
    ...field,
    name: physicalName(field, mode(shape)),
    metadata: { 'delta.columnMapping.physicalName': field.name },
  }))
  return mode(shape) === 'none' ? sql : physicalValue(sql, turned, 'name')
}

function partitionColumn(files: readonly ScanFile[], shape: TableShape, field: Field): string {
  const constants = files.map((file) => partitionConstant(partitionValue(file, shape, field), field.type))
  const [first] = constants
  return first !== undefined && constants.every((constant) => constant === first)
    ? first
    : `list_extract([${constants.join(', ')}], file_index::BIGINT + 1)`
}

function partitionValue({ path, partitionValues }: ScanFile, shape: TableShape, field: Field): string | null {
  const value = partitionValues[physicalName(field, mode(shape))]
  if (value === undefined) throw corrupt(`The log has no value of the partition column ${field.name} for the file ${path}.`, { file: path })
  return value
}

function columnOfOne(file: ScanFile, shape: TableShape, field: Field, single: FileColumns): string {
  const name = physicalName(field, mode(shape))
  if (shape.partitionColumns.includes(field.name)) return partitionConstant(partitionValue(file, shape, field), field.type)
  const wanted = readType(physicalType(field.type, mode(shape)))
  const column = single.find((c) => c.name === name) ?? single.find((c) => c.name.toLowerCase() === name.toLowerCase())
  if (column === undefined) return `CAST(NULL AS ${readType(field.type)})`
  const quoted = quoteIdentifier(column.name)
  return logicalValue(column.type === wanted ? quoted : `CAST(${quoted} AS ${wanted})`, field.type, shape)
}
