import { type Metadata, type Protocol, propertyOf } from './actions.ts'
import { corrupt, unsupported } from './errors.ts'
import type { DeltaType, StructType } from './schema.ts'

/** Features whose tables this library reads rightly. Deletion vectors are judged file by file, column mapping by the table's mode. */
const readable = new Set(['columnMapping', 'deletionVectors', 'timestampNtz', 'vacuumProtocolCheck'])
/** Features a writer may meet as long as no property or column makes them active. */
const writableWhenInactive = new Set([
  'appendOnly',
  'changeDataFeed',
  'checkConstraints',
  'columnMapping',
  'generatedColumns',
  'identityColumns',
  'invariants',
  'vacuumProtocolCheck',
])

/** Throws `protocol.unsupported` unless every row of the table can be read rightly. */
export function checkReadable(protocol: Protocol, metadata: Metadata, schema: StructType): void {
  if (protocol.minReaderVersion < 1 || protocol.minReaderVersion > 3) throw unsupported(`reader version ${protocol.minReaderVersion}`)
  if (protocol.minReaderVersion === 3) {
    if (protocol.readerFeatures === undefined) throw corrupt('The protocol has reader version 3 and no list of reader features.')
    for (const feature of protocol.readerFeatures) if (!readable.has(feature)) throw unsupported(feature)
  }
  if (protocol.minReaderVersion >= 2 && isMapped(metadata))
    throw unsupported('columnMapping', `mode ${metadata.configuration['delta.columnMapping.mode']}`)
  if (metadata.format.provider !== 'parquet') throw unsupported(`data format ${metadata.format.provider}`)
  if (hasMetadata(schema, 'delta.typeChanges')) throw unsupported('typeWidening')
}

/** Throws `protocol.unsupported` unless a commit of ours keeps every promise of the table to its other users. */
export function checkWritable(protocol: Protocol, metadata: Metadata, schema: StructType): void {
  checkReadable(protocol, metadata, schema)
  if (protocol.minWriterVersion < 1 || protocol.minWriterVersion > 7) throw unsupported(`writer version ${protocol.minWriterVersion}`)
  if (protocol.minWriterVersion === 7) {
    if (protocol.writerFeatures === undefined) throw corrupt('The protocol has writer version 7 and no list of writer features.')
    for (const feature of protocol.writerFeatures) if (!writableWhenInactive.has(feature)) throw unsupported(feature, 'for writing')
  }
  const properties = metadata.configuration
  if (hasMetadata(schema, 'delta.invariants')) throw unsupported('invariants', 'for writing')
  if (hasMetadata(schema, 'delta.generationExpression')) throw unsupported('generatedColumns', 'for writing')
  if (hasMetadata(schema, 'delta.identity.start')) throw unsupported('identityColumns', 'for writing')
  if (Object.keys(properties).some((key) => key.startsWith('delta.constraints.'))) throw unsupported('checkConstraints', 'for writing')
  const switches: readonly (readonly [property: string, feature: string])[] = [
    ['delta.enableChangeDataFeed', 'changeDataFeed'],
    ['delta.enableDeletionVectors', 'deletionVectors'],
    ['delta.enableInCommitTimestamps', 'inCommitTimestamp'],
    ['delta.enableRowTracking', 'rowTracking'],
    ['delta.enableIcebergCompatV1', 'icebergCompatV1'],
    ['delta.enableIcebergCompatV2', 'icebergCompatV2'],
    ['delta.enableTypeWidening', 'typeWidening'],
  ]
  for (const [property, feature] of switches) if (isTrue(properties[property])) throw unsupported(feature, 'for writing')
  if (isMapped(metadata)) throw unsupported('columnMapping', 'for writing')
}

/** `delta.appendOnly`: rows may be added, never taken away. */
export function isAppendOnly(metadata: Metadata): boolean {
  return isTrue(metadata.configuration['delta.appendOnly'])
}

function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true'
}

function isMapped(metadata: Metadata): boolean {
  return (propertyOf(metadata, 'delta.columnMapping.mode') ?? 'none') !== 'none'
}

function hasMetadata(type: DeltaType, key: string): boolean {
  if (typeof type === 'string') return false
  switch (type.type) {
    case 'array':
      return hasMetadata(type.elementType, key)
    case 'map':
      return hasMetadata(type.keyType, key) || hasMetadata(type.valueType, key)
    case 'struct':
      return type.fields.some((field) => Object.hasOwn(field.metadata, key) || hasMetadata(field.type, key))
    default:
      return type satisfies never
  }
}
