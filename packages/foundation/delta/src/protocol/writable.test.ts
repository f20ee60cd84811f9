import { describe, expect, test } from 'vitest'
import { type Column, schemaOf } from '../schema/schema.ts'
import type { Metadata, Protocol } from './actions.ts'
import { features } from './features.ts'
import { plainProtocol, protocolFor } from './upgrade.ts'
import { checkWritable } from './writable.ts'

const metadata = (configuration: Record<string, string> = {}): Metadata => ({
  id: 'x',
  format: { provider: 'parquet', options: {} },
  partitionColumns: [],
  configuration,
})
const plain: Column = { name: 'a', type: 'long' }
const listed = (...names: string[]): Protocol => ({ minReaderVersion: 1, minWriterVersion: 7, writerFeatures: names })

/** What makes each feature active: a property, or a column. */
const switches: Readonly<Record<string, { readonly configuration?: Record<string, string>; readonly column?: Partial<Column> }>> = {
  appendOnly: { configuration: { 'delta.appendOnly': 'true' } },
  invariants: { column: { nullable: false } },
  checkConstraints: { configuration: { 'delta.constraints.c': 'a > 0' } },
  changeDataFeed: { configuration: { 'delta.enableChangeDataFeed': 'TRUE' } },
  generatedColumns: { column: { metadata: { 'delta.generationExpression': 'a + 1' } } },
  columnMapping: { configuration: { 'delta.columnMapping.mode': 'name' } },
  identityColumns: { column: { metadata: { 'delta.identity.start': 1 } } },
  deletionVectors: { configuration: { 'delta.enableDeletionVectors': 'true' } },
  timestampNtz: { column: { type: { type: 'array', elementType: 'timestamp_ntz', containsNull: true } } },
  typeWidening: { configuration: { 'delta.enableTypeWidening': 'true' } },
  inCommitTimestamp: { configuration: { 'delta.enableInCommitTimestamps': 'true' } },
  allowColumnDefaults: { column: { metadata: { CURRENT_DEFAULT: '1' } } },
  icebergCompatV1: { configuration: { 'delta.enableIcebergCompatV1': 'true' } },
  icebergCompatV2: { configuration: { 'delta.enableIcebergCompatV2': 'true' } },
  icebergCompatV3: { configuration: { 'delta.enableIcebergCompatV3': 'true' } },
  rowTracking: { configuration: { 'delta.enableRowTracking': 'true' } },
  collations: { column: { metadata: { __COLLATIONS: {} } } },
}

describe.for(features)('the feature $name', (feature) => {
  const { configuration = {}, column = {} } = switches[feature.name] ?? {}
  const active = schemaOf([{ ...plain, ...column }])

  test('is active only by its own property or column', () => {
    expect(feature.active({}, schemaOf([plain]))).toBe(false)
    expect(feature.active(configuration, active)).toBe(switches[feature.name] !== undefined)
  })

  test('is refused by its name exactly when this writer cannot keep its promises', () => {
    const names = feature.concerns === 'writers' ? [feature.name] : []
    const inactive = () => checkWritable(listed(...names), metadata(), schemaOf([plain]))
    if (feature.writing === 'refused' && feature.concerns === 'writers')
      expect(inactive).toThrow(expect.objectContaining({ facts: { feature: feature.name } }))
    else expect(inactive).not.toThrow()
    if (feature.writing === 'implemented' || switches[feature.name] === undefined) return
    expect(() => checkWritable(listed(...names), metadata(configuration), active)).toThrow(
      expect.objectContaining({ code: 'protocol.unsupported', facts: { feature: feature.name } }),
    )
  })
})

test.for<[string[], Protocol, Record<string, string>, Protocol]>([
  [['nothing'], plainProtocol, {}, plainProtocol],
  [['constraints'], plainProtocol, { 'delta.constraints.c': 'a > 0' }, { minReaderVersion: 1, minWriterVersion: 3 }],
  [['the feed'], plainProtocol, { 'delta.enableChangeDataFeed': 'true' }, { minReaderVersion: 1, minWriterVersion: 4 }],
  [['column mapping'], plainProtocol, { 'delta.columnMapping.mode': 'name' }, { minReaderVersion: 2, minWriterVersion: 5 }],
  [
    ['in-commit timestamps'],
    plainProtocol,
    { 'delta.enableInCommitTimestamps': 'true' },
    { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['appendOnly', 'invariants', 'inCommitTimestamp'] },
  ],
  [
    ['deletion vectors on a table with constraints'],
    { minReaderVersion: 1, minWriterVersion: 3 },
    { 'delta.enableDeletionVectors': 'true' },
    {
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ['deletionVectors'],
      writerFeatures: ['appendOnly', 'invariants', 'checkConstraints', 'deletionVectors'],
    },
  ],
  [
    ['column mapping on a table of listed features'],
    { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['a feature of tomorrow'] },
    { 'delta.columnMapping.mode': 'name' },
    { minReaderVersion: 2, minWriterVersion: 7, writerFeatures: ['a feature of tomorrow', 'columnMapping'] },
  ],
  [
    ['what is supported already'],
    { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ['deletionVectors'], writerFeatures: ['deletionVectors'] },
    { 'delta.enableDeletionVectors': 'true' },
    { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ['deletionVectors'], writerFeatures: ['deletionVectors'] },
  ],
])('the protocol rises no further than %s needs', ([, before, configuration, after]) => {
  expect(protocolFor(before, configuration, schemaOf([plain]))).toEqual(after)
})

test('lists of features that contradict each other are named', () => {
  const check = (protocol: Protocol) => () => checkWritable(protocol, metadata(), schemaOf([plain]))
  const readerOnly = { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ['columnMapping'], writerFeatures: [] }
  expect(check(readerOnly)).toThrow(expect.objectContaining({ code: 'log.corrupt', facts: { feature: 'columnMapping' } }))
  expect(check({ minReaderVersion: 3, minWriterVersion: 5, readerFeatures: [] })).toThrow(/writer version 5/)
  expect(check({ minReaderVersion: 1, minWriterVersion: 7 })).toThrow(/no list of writer features/)
  expect(() => checkWritable(plainProtocol, metadata({ 'delta.enableDeletionVectors': 'true' }), schemaOf([plain]))).toThrow(
    expect.objectContaining({ facts: { feature: 'deletionVectors' } }),
  )
})

test('a table that keeps its change data feed cannot have a column with the name of a feed column', () => {
  const schema = schemaOf([plain, { name: '_Change_Type', type: 'string' }])
  expect(() => checkWritable(plainProtocol, metadata(), schema)).not.toThrow()
  const protocol = protocolFor(plainProtocol, { 'delta.enableChangeDataFeed': 'true' }, schema)
  expect(() => checkWritable(protocol, metadata({ 'delta.enableChangeDataFeed': 'true' }), schema)).toThrow(/_Change_Type/)
})

test('column mapping that is off in any spelling needs no feature', () => {
  expect(protocolFor(plainProtocol, { 'delta.columnMapping.mode': 'None' }, schemaOf([plain]))).toEqual(plainProtocol)
})
