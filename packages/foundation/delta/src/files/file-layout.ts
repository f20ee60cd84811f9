import { guarded, type RowCheck } from '../constraints/row-checks.ts'
import { DeltaError } from '../errors.ts'
import { fieldIds, mappingMode, physicalName, physicalValue } from '../schema/mapping.ts'
import type { Field, StructType } from '../schema/schema.ts'
import { quoteIdentifier } from '../sql.ts'
import { partitionText } from './partition.ts'

export interface LayoutRequest {
  /** SQL of the rows. Its columns have the names that `expressions` use. */
  readonly select: string
  /** One expression for each column of the schema, in order, already in the column's type. */
  readonly expressions: readonly { readonly sql: string }[]
  readonly schema: StructType
  readonly partitionColumns: readonly string[]
  readonly properties: Readonly<Record<string, string>>
}

/** The content of data files, by physical names (PROTOCOL.md, Writer Requirements for Column Mapping). */
export interface FileLayout {
  /**
   * A SELECT of all columns. Partition columns have the form in which they are partitioned. Raises an error for a row that fails a check.
   */
  readonly source: string
  /** The same SELECT without the partition columns. */
  readonly dataSource: string
  /** Physical names, in the order of the table's partition columns. */
  readonly partitionColumns: readonly string[]
  /** The options of every COPY. */
  readonly format: string
}

export function layoutOf(
  { select, expressions, schema, partitionColumns, properties }: LayoutRequest,
  checks: readonly RowCheck[],
): FileLayout {
  const mode = mappingMode(properties)
  const isPartition = (field: Field) => partitionColumns.includes(field.name)
  const guard = checks.length === 0 ? undefined : guardColumn(schema, isPartition)
  const value = (field: Field, index: number) => {
    const sql = checks.length === 0 ? (expressions[index]?.sql ?? 'NULL') : quoteIdentifier(field.name)
    const stored = isPartition(field) ? partitionText(sql, field.type) : physicalValue(sql, field.type, mode)
    return `${field === guard ? guarded(checks, stored) : stored} AS ${quoteIdentifier(physicalName(field, mode))}`
  }
  const typed = schema.fields.map((field, index) => `${expressions[index]?.sql ?? 'NULL'} AS ${quoteIdentifier(field.name)}`)
  const from = checks.length === 0 ? select : `SELECT ${typed.join(', ')} FROM (${select})`
  const columns = schema.fields.map((field, index) => ({ field, sql: value(field, index) }))
  const selectOf = (some: typeof columns) => `SELECT ${some.map(({ sql }) => sql).join(', ')} FROM (${from})`
  const data = columns.filter(({ field }) => !isPartition(field))
  const ids = fieldIds(
    data.map(({ field }) => field),
    mode,
  )
  return {
    source: selectOf(columns),
    dataSource: selectOf(data),
    partitionColumns: physicalPartitionColumns(schema, partitionColumns, properties),
    format: ['FORMAT parquet', compression(properties), 'RETURN_STATS', ...(ids === undefined ? [] : [ids])].join(', '),
  }
}

export function physicalPartitionColumns(
  schema: StructType,
  partitionColumns: readonly string[],
  properties: Readonly<Record<string, string>>,
): string[] {
  const mode = mappingMode(properties)
  return partitionColumns.map((name) => {
    const field = schema.fields.find((f) => f.name === name)
    return field === undefined ? name : physicalName(field, mode)
  })
}

/** The column whose value raises the error of a failed check. Every COPY writes it. A scalar is preferred, because it costs least. */
function guardColumn(schema: StructType, isPartition: (field: Field) => boolean): Field | undefined {
  const data = schema.fields.filter((field) => !isPartition(field))
  return (
    data.find(({ type }) => typeof type === 'string' && type !== 'string') ?? data.find(({ type }) => typeof type === 'string') ?? data[0]
  )
}

const codecs: Readonly<Record<string, string>> = {
  zstd: 'COMPRESSION zstd, COMPRESSION_LEVEL 3',
  none: 'COMPRESSION uncompressed',
  uncompressed: 'COMPRESSION uncompressed',
  snappy: 'COMPRESSION snappy',
  gzip: 'COMPRESSION gzip',
  lz4: 'COMPRESSION lz4_raw',
  lz4_raw: 'COMPRESSION lz4_raw',
  brotli: 'COMPRESSION brotli',
}

function compression(properties: Readonly<Record<string, string | undefined>>): string {
  const codec = properties['delta.parquet.compression.codec'] ?? 'zstd'
  const option = codecs[codec.toLowerCase()]
  if (option !== undefined) return option
  throw new DeltaError(
    'property.invalid',
    `The compression codec ${codec} is unknown.`,
    `Set delta.parquet.compression.codec to one of ${Object.keys(codecs).join(', ')}.`,
  )
}
