import { mappingMode } from '../schema/mapping.ts'
import type { StructType } from '../schema/schema.ts'
import type { Metadata, Protocol } from './actions.ts'
import { hasMetadata, hasRequired, holdsType, isTrue } from './properties.ts'

/** One table feature (PROTOCOL.md, Valid Feature Names in Table Features), with what a writer has to know about it. */
export interface Feature {
  readonly name: string
  /** Whether only writers must implement it, or readers too. */
  readonly concerns: 'writers' | 'readersAndWriters'
  /** The protocol versions that imply the feature. Absent when only versions 3/7 can list it. */
  readonly legacy?: { readonly reader: 1 | 2; readonly writer: number }
  /**
   * `implemented`: our commits keep its promises. `whenInactive`: we write to a table that lists it while no property or column makes it
   * active. `refused`: we do not write to a table that lists it.
   */
  readonly writing: 'implemented' | 'whenInactive' | 'refused'
  /** Does a property or a column make the feature active (PROTOCOL.md, Active Features)? */
  readonly active: (configuration: Metadata['configuration'], schema: StructType) => boolean
}

const never = () => false
const property = (name: string) => (configuration: Metadata['configuration']) => isTrue(configuration[name])
const column = (key: string) => (_: Metadata['configuration'], schema: StructType) => hasMetadata(schema, key)

export const features: readonly Feature[] = [
  {
    name: 'appendOnly',
    concerns: 'writers',
    legacy: { reader: 1, writer: 2 },
    writing: 'implemented',
    active: property('delta.appendOnly'),
  },
  {
    name: 'invariants',
    concerns: 'writers',
    legacy: { reader: 1, writer: 2 },
    writing: 'implemented',
    active: (_, schema) => hasMetadata(schema, 'delta.invariants') || hasRequired(schema),
  },
  {
    name: 'checkConstraints',
    concerns: 'writers',
    legacy: { reader: 1, writer: 3 },
    writing: 'implemented',
    active: (configuration) => Object.keys(configuration).some((key) => key.startsWith('delta.constraints.')),
  },
  {
    name: 'changeDataFeed',
    concerns: 'writers',
    legacy: { reader: 1, writer: 4 },
    writing: 'implemented',
    active: property('delta.enableChangeDataFeed'),
  },
  {
    name: 'generatedColumns',
    concerns: 'writers',
    legacy: { reader: 1, writer: 4 },
    writing: 'whenInactive',
    active: column('delta.generationExpression'),
  },
  {
    name: 'columnMapping',
    concerns: 'readersAndWriters',
    legacy: { reader: 2, writer: 5 },
    writing: 'implemented',
    active: (configuration) => mappingMode(configuration) !== 'none',
  },
  {
    name: 'identityColumns',
    concerns: 'writers',
    legacy: { reader: 1, writer: 6 },
    writing: 'whenInactive',
    active: column('delta.identity.start'),
  },
  {
    name: 'deletionVectors',
    concerns: 'readersAndWriters',
    writing: 'implemented',
    active: property('delta.enableDeletionVectors'),
  },
  {
    name: 'timestampNtz',
    concerns: 'readersAndWriters',
    writing: 'implemented',
    active: (_, schema) => holdsType(schema, 'timestamp_ntz'),
  },
  {
    name: 'typeWidening',
    concerns: 'readersAndWriters',
    writing: 'implemented',
    active: (configuration, schema) => isTrue(configuration['delta.enableTypeWidening']) || hasMetadata(schema, 'delta.typeChanges'),
  },
  { name: 'inCommitTimestamp', concerns: 'writers', writing: 'implemented', active: property('delta.enableInCommitTimestamps') },
  { name: 'vacuumProtocolCheck', concerns: 'readersAndWriters', writing: 'implemented', active: never },
  // A table that lists it may still have classic checkpoints.
  { name: 'v2Checkpoint', concerns: 'readersAndWriters', writing: 'implemented', active: never },
  { name: 'allowColumnDefaults', concerns: 'writers', writing: 'whenInactive', active: column('CURRENT_DEFAULT') },
  { name: 'icebergCompatV1', concerns: 'writers', writing: 'whenInactive', active: property('delta.enableIcebergCompatV1') },
  { name: 'icebergCompatV2', concerns: 'writers', writing: 'whenInactive', active: property('delta.enableIcebergCompatV2') },
  { name: 'icebergCompatV3', concerns: 'writers', writing: 'whenInactive', active: property('delta.enableIcebergCompatV3') },
  // A table that lists it needs an id for every row.
  { name: 'rowTracking', concerns: 'writers', writing: 'refused', active: property('delta.enableRowTracking') },
  // Domains are kept, those of other applications too (PROTOCOL.md, Writer Requirements for Domain Metadata). We write none.
  { name: 'domainMetadata', concerns: 'writers', writing: 'implemented', active: never },
  { name: 'clustering', concerns: 'writers', writing: 'refused', active: never },
  { name: 'collations', concerns: 'writers', writing: 'refused', active: column('__COLLATIONS') },
  { name: 'checkpointProtection', concerns: 'writers', writing: 'refused', active: never },
  {
    name: 'catalogManaged',
    concerns: 'readersAndWriters',
    writing: 'refused',
    active: never,
  },
]

export function featureNamed(name: string): Feature | undefined {
  return features.find((feature) => feature.name === name)
}

/** Does the protocol support the feature, by a list or by its versions (PROTOCOL.md, Supported Features)? */
export function supports(protocol: Protocol, { name, legacy }: Feature): boolean {
  if (protocol.minWriterVersion >= 7) return protocol.writerFeatures?.includes(name) === true
  return legacy !== undefined && protocol.minWriterVersion >= legacy.writer
}
