import { mapColumns, mappingKeys, mappingMode } from '../schema/mapping.ts'
import { checkSchema, type StructType } from '../schema/schema.ts'
import type { Metadata } from './actions.ts'
import { count } from './property-values.ts'

export interface Evolved {
  readonly metadata: Metadata
  /** The schema of the metadata, with the ids and physical names of the new columns. */
  readonly schema: StructType
}

/** The table's metadata with new columns in its schema (PROTOCOL.md, Writer Requirements for Column Mapping). Throws `schema.invalid`. */
export function evolveMetadata(metadata: Metadata, wanted: StructType, partitionColumns = metadata.partitionColumns): Evolved {
  const mapped = mappingMode(metadata.configuration) !== 'none'
  checkSchema(wanted, partitionColumns, mapped)
  if (!mapped) return { schema: wanted, metadata: { ...metadata, partitionColumns, schemaString: JSON.stringify(wanted) } }
  const { schema, maxColumnId } = mapColumns(wanted, count(metadata.configuration, mappingKeys.maxId, 0), 'new')
  const configuration = { ...metadata.configuration, [mappingKeys.maxId]: String(maxColumnId) }
  return { schema, metadata: { ...metadata, partitionColumns, configuration, schemaString: JSON.stringify(schema) } }
}
