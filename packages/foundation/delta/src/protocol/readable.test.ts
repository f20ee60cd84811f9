import { expect, test } from 'vitest'
import { type Column, schemaOf } from '../schema/schema.ts'
import type { Metadata, Protocol } from './actions.ts'
import { checkReadable, mappingOf } from './readable.ts'
import { checkWritable } from './writable.ts'

const metadata = (configuration: Record<string, string> = {}, provider = 'parquet'): Metadata => ({
  id: 'x',
  format: { provider, options: {} },
  partitionColumns: [],
  configuration,
})
const listing = (...readerFeatures: string[]): Protocol => ({
  minReaderVersion: 3,
  minWriterVersion: 7,
  readerFeatures,
  writerFeatures: readerFeatures,
})
const schema = schemaOf([{ name: 'a', type: 'long' }])

test.for([
  'columnMapping',
  'deletionVectors',
  'timestampNtz',
  'typeWidening',
  'typeWidening-preview',
  'v2Checkpoint',
  'vacuumProtocolCheck',
])('a table with %s is read', (feature) => {
  expect(() => checkReadable(listing(feature), metadata(), schema)).not.toThrow()
})

test.for([
  'catalogManaged',
  'variantType',
  'variantType-preview',
  'variantShredding',
  'variantShredding-preview',
  'geospatial',
  'toString',
  'of tomorrow',
])('a table with %s is refused by that name', (feature) => {
  expect(() => checkReadable(listing('columnMapping', feature), metadata(), schema)).toThrow(
    expect.objectContaining({ code: 'protocol.unsupported', facts: { feature } }),
  )
})

test.for([
  'appendOnly',
  'checkConstraints',
  'rowTracking',
  'domainMetadata',
  'clustering',
  'inCommitTimestamp',
  'icebergCompatV2',
  'identityColumns',
])('the writers feature %s concerns no reader', (feature) => {
  const protocol = { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: [feature] }
  expect(() => checkReadable(protocol, metadata(), schema)).not.toThrow()
})

test.for([0, 4, 1.5])('reader version %d is refused', (minReaderVersion) => {
  const protocol = { minReaderVersion, minWriterVersion: 7 }
  expect(() => checkReadable(protocol, metadata(), schema)).toThrow(
    expect.objectContaining({ code: 'protocol.unsupported', facts: { feature: `reader version ${minReaderVersion}` } }),
  )
})

test('a feature is named before a version of tomorrow, for reading and for writing', () => {
  const protocol = { minReaderVersion: 5, minWriterVersion: 9, readerFeatures: ['blahabl'], writerFeatures: ['blahabl', 'columnMapping'] }
  expect(() => checkReadable(protocol, metadata(), schema)).toThrow(expect.objectContaining({ facts: { feature: 'blahabl' } }))
  const forWriters = { minReaderVersion: 1, minWriterVersion: 9, writerFeatures: ['blahabl'] }
  expect(() => checkWritable(forWriters, metadata(), schema)).toThrow(expect.objectContaining({ facts: { feature: 'blahabl' } }))
})

test('reader version 3 without a list of features is broken', () => {
  expect(() => checkReadable({ minReaderVersion: 3, minWriterVersion: 7 }, metadata(), schema)).toThrow(
    expect.objectContaining({ code: 'log.corrupt' }),
  )
})

test.for([
  ['data format orc', {}, 'orc', 'long'],
  ['columnMapping', { 'delta.columnMapping.mode': 'sideways' }, 'parquet', 'long'],
  ['variantType', {}, 'parquet', { type: 'array', elementType: 'variant', containsNull: true }],
  ['geospatial', {}, 'parquet', 'geometry(OGC:CRS84)'],
] as const)('%s is refused where it is found', ([feature, configuration, provider, type]) => {
  const columns = [{ name: 'a', type: type as Column['type'] }]
  expect(() => checkReadable(listing('columnMapping'), metadata(configuration, provider), schemaOf(columns))).toThrow(
    expect.objectContaining({ code: 'protocol.unsupported', facts: { feature } }),
  )
})

test('the mode of column mapping counts only where the protocol has the feature', () => {
  const named = metadata({ 'delta.columnMapping.mode': 'name' })
  expect(mappingOf({ minReaderVersion: 1, minWriterVersion: 2 }, named)).toBe('none')
  expect(mappingOf(listing('deletionVectors'), named)).toBe('none')
  expect(mappingOf(listing('columnMapping'), named)).toBe('name')
  expect(mappingOf({ minReaderVersion: 2, minWriterVersion: 5 }, named)).toBe('name')
  expect(mappingOf(listing('columnMapping'), metadata())).toBe('none')
})
