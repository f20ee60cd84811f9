import { corrupt, unsupported } from '../errors.ts'
import type { Metadata, Protocol } from '../log/actions.ts'
import type { StructType } from '../schema/schema.ts'
import { hasMetadata, isMapped, isTrue } from './properties.ts'
import { checkReadable } from './readable.ts'

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
