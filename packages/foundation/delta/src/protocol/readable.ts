import { corrupt, unsupported } from '../errors.ts'
import { type MappingMode, mapFields, mappingMode } from '../schema/mapping.ts'
import type { DeltaType, StructType } from '../schema/schema.ts'
import type { Metadata, Protocol } from './actions.ts'

/**
 * What a reader does about each reader feature of PROTOCOL.md (Valid Feature Names in Table Features). Any other reader feature is refused
 * by its name. Features for writers only do not concern a reader.
 */
const readerFeatures: Readonly<Record<string, string>> = {
  columnMapping: 'schema/mapping.ts: columns by physical name or id',
  deletionVectors: 'read/deleted-rows.ts: rows that are left out',
  timestampNtz: 'schema/schema.ts: TIMESTAMP',
  typeWidening: 'read/scan.ts: values of files are cast',
  'typeWidening-preview': 'read/scan.ts: values of files are cast',
  v2Checkpoint: 'log/read-checkpoint.ts: manifests and sidecars',
  vacuumProtocolCheck: 'concerns VACUUM alone',
}

/** Throws `protocol.unsupported` when a row of the table could be misread, and `log.corrupt` for an impossible protocol. */
export function checkReadable(protocol: Protocol, metadata: Metadata, schema: StructType): void {
  const { minReaderVersion: version, readerFeatures: features } = protocol
  // A name says more than a version, so it comes first, also at a version of tomorrow.
  if (version >= 3) for (const feature of features ?? []) if (!Object.hasOwn(readerFeatures, feature)) throw unsupported(feature)
  if (!Number.isInteger(version) || version < 1 || version > 3) throw unsupported(`reader version ${version}`)
  if (version === 3 && features === undefined) throw corrupt('The protocol has reader version 3 but no list of reader features.')
  mappingOf(protocol, metadata)
  if (metadata.format.provider !== 'parquet') throw unsupported(`data format ${metadata.format.provider}`)
  mapFields(schema, (field) => {
    checkType(field.type)
    return field
  })
}

/** Types that need a feature. A table may have such a type without listing the feature. */
const typesOfFeatures: Readonly<Record<string, string>> = { variant: 'variantType', geometry: 'geospatial', geography: 'geospatial' }

function checkType(type: DeltaType): void {
  if (typeof type !== 'string') {
    if (type.type === 'array') checkType(type.elementType)
    if (type.type === 'map') checkType(type.valueType)
    return
  }
  const feature = typesOfFeatures[type.replace(/\(.*$/, '')]
  if (feature !== undefined) throw unsupported(feature)
}

/**
 * How the table maps columns. The property counts only when the protocol supports it (PROTOCOL.md, Reader Requirements for Column Mapping).
 */
export function mappingOf({ minReaderVersion, readerFeatures }: Protocol, { configuration }: Metadata): MappingMode {
  const supported = minReaderVersion === 2 || (minReaderVersion === 3 && readerFeatures?.includes('columnMapping') === true)
  return supported ? mappingMode(configuration) : 'none'
}
