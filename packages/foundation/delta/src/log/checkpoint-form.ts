import type { Metadata } from '../protocol/actions.ts'
import { mappingMode, physicalName, physicalSchema } from '../schema/mapping.ts'
import { type Field, parseSchema, toDuckType } from '../schema/schema.ts'
import { quoteIdentifier, quoteLiteral } from '../sql.ts'

/** The optional columns of a checkpoint (PROTOCOL.md, Checkpoint Schema). */
export interface CheckpointForm {
  readonly deletionVectors: boolean
  readonly domains: boolean
  /** `delta.checkpoint.writeStatsAsJson`. */
  readonly statsAsJson: boolean
  /** `delta.checkpoint.writeStatsAsStruct`. */
  readonly statsAsStruct: boolean
}

const map = 'MAP(VARCHAR, VARCHAR)'
const deletionVector =
  'STRUCT("storageType" VARCHAR, "pathOrInlineDv" VARCHAR, "offset" INTEGER, "sizeInBytes" INTEGER, "cardinality" BIGINT)'

/** The column types of the JSON lines of a checkpoint, for `read_json`. `typedStats` are statistics whose numbers are texts. */
export function lineColumns(form: CheckpointForm): string {
  const vector = form.deletionVectors ? { deletionVector } : {}
  const columns: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    txn: { appId: 'VARCHAR', version: 'BIGINT', lastUpdated: 'BIGINT' },
    add: {
      path: 'VARCHAR',
      partitionValues: map,
      size: 'BIGINT',
      modificationTime: 'BIGINT',
      dataChange: 'BOOLEAN',
      stats: 'VARCHAR',
      tags: map,
      ...vector,
      ...(form.statsAsStruct ? { typedStats: 'VARCHAR' } : {}),
    },
    remove: {
      path: 'VARCHAR',
      deletionTimestamp: 'BIGINT',
      dataChange: 'BOOLEAN',
      extendedFileMetadata: 'BOOLEAN',
      partitionValues: map,
      size: 'BIGINT',
      ...vector,
    },
    metaData: {
      id: 'VARCHAR',
      name: 'VARCHAR',
      description: 'VARCHAR',
      format: `STRUCT("provider" VARCHAR, "options" ${map})`,
      schemaString: 'VARCHAR',
      partitionColumns: 'VARCHAR[]',
      configuration: map,
      createdTime: 'BIGINT',
    },
    protocol: { minReaderVersion: 'INTEGER', minWriterVersion: 'INTEGER', readerFeatures: 'VARCHAR[]', writerFeatures: 'VARCHAR[]' },
    ...(form.domains ? { domainMetadata: { domain: 'VARCHAR', configuration: 'VARCHAR', removed: 'BOOLEAN' } } : {}),
  }
  const entries = Object.entries(columns).map(
    ([name, fields]) => `${quoteIdentifier(name)}: ${quoteLiteral(structOf(Object.entries(fields)))}`,
  )
  return `{${entries.join(', ')}}`
}

function structOf(fields: readonly (readonly [name: string, type: string])[]): string {
  return `STRUCT(${fields.map(([name, type]) => `${quoteIdentifier(name)} ${type}`).join(', ')})`
}

/**
 * The columns to select from the lines: all of them, or `add` with typed statistics and partition values instead of the texts or beside
 * them. Numbers come as texts, because JSON numbers pass through doubles. A bound that does not fit its column's type becomes NULL and
 * bounds nothing.
 */
export function lineSelection(form: CheckpointForm, metadata: Metadata): string {
  if (form.statsAsJson && !form.statsAsStruct) return '*'
  const given = [
    'path',
    'partitionValues',
    'size',
    'modificationTime',
    'dataChange',
    'tags',
    ...(form.deletionVectors ? ['deletionVector'] : []),
  ]
  const fields = given.map((name) => `${quoteIdentifier(name)} := "add".${quoteIdentifier(name)}`)
  if (form.statsAsJson) fields.push(`"stats" := "add"."stats"`)
  if (form.statsAsStruct) fields.push(...typedCopies(metadata))
  return `* REPLACE (CASE WHEN "add" IS NULL THEN NULL ELSE struct_pack(${fields.join(', ')}) END AS "add")`
}

function typedCopies(metadata: Metadata): string[] {
  const mode = mappingMode(metadata.configuration)
  const schema = parseSchema(metadata.schemaString)
  const partitions = schema.fields.filter((field) => metadata.partitionColumns.includes(field.name))
  const { fields } = physicalSchema({ type: 'struct', fields: schema.fields.filter((field) => !partitions.includes(field)) }, mode)
  const bounds = typesOf(fields, (type) => (type === 'BOOLEAN' || type === 'BLOB' ? undefined : type))
  const counts = typesOf(fields, () => 'BIGINT')
  const form = {
    numRecords: 'BIGINT',
    ...(bounds === undefined ? {} : { minValues: bounds, maxValues: bounds }),
    ...(counts === undefined ? {} : { nullCount: counts }),
    tightBounds: 'BOOLEAN',
  }
  const values = partitions.map((field) => {
    const name = physicalName(field, mode)
    return `${quoteIdentifier(name)} := TRY_CAST(nullif("add"."partitionValues"[${quoteLiteral(name)}], '') AS ${toDuckType(field.type)})`
  })
  return [
    `"stats_parsed" := from_json("add"."typedStats", ${quoteLiteral(JSON.stringify(form))})`,
    ...(values.length === 0 ? [] : [`"partitionValues_parsed" := struct_pack(${values.join(', ')})`]),
  ]
}

interface Types {
  readonly [name: string]: string | Types
}

/** The leaves under structs as types for `from_json`. `undefined` when there are none. An array or map counts as one leaf. */
function typesOf(fields: readonly Field[], leaf: (duckType: string) => string | undefined): Types | undefined {
  const entries = fields.flatMap(({ name, type }): [string, string | Types][] => {
    if (typeof type !== 'string' && type.type === 'struct') {
      const inner = typesOf(type.fields, leaf)
      return inner === undefined ? [] : [[name, inner]]
    }
    const wanted = leaf(typeof type === 'string' ? toDuckType(type) : 'BOOLEAN')
    return wanted === undefined ? [] : [[name, wanted]]
  })
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}
