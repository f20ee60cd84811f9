import { mappingMode } from '../schema/mapping.ts'
import type { StructType } from '../schema/schema.ts'
import type { Metadata, Protocol } from './actions.ts'
import { hasMetadata, hasRequired, holdsType, isTrue } from './properties.ts'

/** One table feature (PROTOCOL.md, Valid Feature Names in Table Features), as far as a writer has to know it. */
export interface Feature {
  readonly name: string
  /** Who has to implement it: readers too, or writers only. */
  readonly concerns: 'writers' | 'readersAndWriters'
  /** The versions that imply it; none for features that only versions 3/7 can list. */
  readonly legacy?: { readonly reader: 1 | 2; readonly writer: number }
  /**
   * `implemented`: our commits keep its promises. `whenInactive`: a table may list it as long as no property or column makes it active.
   * `refused`: it binds writers as soon as it is listed.
   */
  readonly writing: 'implemented' | 'whenInactive' | 'refused'
  /** What makes it active, apart from being supported (PROTOCOL.md, Active Features). */
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
  // Classic checkpoints of the first form stay legal on a table that lists it.
  { name: 'v2Checkpoint', concerns: 'readersAndWriters', writing: 'implemented', active: never },
  { name: 'allowColumnDefaults', concerns: 'writers', writing: 'whenInactive', active: column('CURRENT_DEFAULT') },
  { name: 'icebergCompatV1', concerns: 'writers', writing: 'whenInactive', active: property('delta.enableIcebergCompatV1') },
  { name: 'icebergCompatV2', concerns: 'writers', writing: 'whenInactive', active: property('delta.enableIcebergCompatV2') },
  { name: 'icebergCompatV3', concerns: 'writers', writing: 'whenInactive', active: property('delta.enableIcebergCompatV3') },
  // A table that lists it wants an id for every row.
  { name: 'rowTracking', concerns: 'writers', writing: 'refused', active: property('delta.enableRowTracking') },
  // Domains are kept, those of other applications too (PROTOCOL.md, Writer Requirements for Domain Metadata); none is ever written.
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

/** Is the feature supported, by being listed or by the versions (PROTOCOL.md, Supported Features)? */
export function supports(protocol: Protocol, { name, legacy }: Feature): boolean {
  if (protocol.minWriterVersion >= 7) return protocol.writerFeatures?.includes(name) === true
  return legacy !== undefined && protocol.minWriterVersion >= legacy.writer
}
