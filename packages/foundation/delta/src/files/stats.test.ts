import { expect, test } from 'vitest'
import type { AddFile } from '../protocol/actions.ts'
import { allRowsHave, canSkip } from '../read/prune.ts'
import { type Column, type DeltaType, schemaOf } from '../schema/schema.ts'
import { type ColumnStatistics, parseStats, pathKey, writeStats } from './stats.ts'
import { compareTexts, toMicros } from './values.ts'

const column = (min?: string, max = min, hasNan = false): ColumnStatistics => ({ min, max, nullCount: 0, hasNan })
function written(type: DeltaType, statistics: ColumnStatistics, properties: Record<string, string> = {}) {
  const schema = schemaOf([{ name: 'c', type }])
  return parseStats(writeStats(1, new Map([[pathKey(['c']), statistics]]), { schema, partitionColumns: [], properties }))
}

test('longs and decimals keep every digit', () => {
  expect(written('decimal(3,3)', column('-.125')).min(['c'])).toBe('-0.125')
  expect(written('long', column('9223372036854775807')).max(['c'])).toBe('9223372036854775807')
  expect(written('decimal(38,18)', column('12345678901234567890.123456789012345678')).min(['c'])).toBe(
    '12345678901234567890.123456789012345678',
  )
  expect(parseStats('{"numRecords":1,"minValues":{"c":1.0E+5}}').min(['c'])).toBe('1.0E+5')
})

test('wrong bounds are omitted: NaN, infinities, booleans, far dates', () => {
  expect(written('double', column('1.0', '2.0', true)).max(['c'])).toBeUndefined()
  expect(written('double', column('1.0', 'inf')).max(['c'])).toBeUndefined()
  expect(written('boolean', column('0', '1')).min(['c'])).toBeUndefined()
  expect(written('date', column('0044-03-15 (BC)', '2024-01-01')).min(['c'])).toBeUndefined()
  expect(() => written('date', column('2024-01-01', 'infinity'))).toThrow(/infinity/)
})

test('a float bound is the exact value of the float', () => {
  expect(written('float', column('0.1')).max(['c'])).toBe(String(Math.fround(0.1)))
})

test('instants are cut down to milliseconds, also before 1970', () => {
  expect(written('timestamp', column('2024-01-01 00:00:00.123999+00')).max(['c'])).toBe('2024-01-01T00:00:00.123Z')
  expect(written('timestamp', column('1969-12-31 23:59:59.999999+00')).min(['c'])).toBe('1969-12-31T23:59:59.999Z')
})

test('a long text is cut to a prefix whose upper bound stays above it', () => {
  const text = 'é'.repeat(100)
  const stats = written('string', column(text))
  expect(stats.min(['c'])).toBe('é'.repeat(64))
  expect(compareTexts('string', stats.max(['c']) ?? '', text)).toBeGreaterThan(0)
  expect(written('string', column('\u{10FFFF}'.repeat(70))).max(['c'])).toBeUndefined()
  expect(written('string', column('a'.repeat(64))).max(['c'])).toBe('a'.repeat(64))
})

test('only the first 32 leaves, the named columns or the batch column have statistics', () => {
  const columns = Array.from({ length: 40 }, (_, i): Column => ({ name: `c${i}`, type: 'long' }))
  const statistics = new Map(columns.map((c) => [pathKey([c.name]), column('1')]))
  const names = (properties: Record<string, string>, always?: string) => {
    const text = writeStats(1, statistics, {
      schema: schemaOf(columns),
      partitionColumns: ['c0'],
      properties,
      ...(always === undefined ? {} : { always }),
    })
    return Object.keys((JSON.parse(text) as { nullCount: object }).nullCount)
  }
  expect(names({})).toEqual(columns.slice(1, 33).map((c) => c.name))
  expect(names({ 'delta.dataSkippingNumIndexedCols': '-1' })).toHaveLength(39)
  expect(names({ 'delta.dataSkippingNumIndexedCols': '1' }, 'c39')).toEqual(['c1', 'c39'])
  expect(names({ 'delta.dataSkippingStatsColumns': 'c5, `c7`' })).toEqual(['c5', 'c7'])
})

test('strings compare by their UTF-8 bytes, not by UTF-16', () => {
  expect(compareTexts('string', '\uFFFF', '\u{10000}')).toBeLessThan(0)
  expect(compareTexts('decimal(10,2)', '-1.50', '-1.5')).toBe(0)
  expect(compareTexts('long', '9007199254740993', '9007199254740992')).toBeGreaterThan(0)
  expect(compareTexts('double', 'NaN', '1')).toBeUndefined()
  expect(compareTexts('timestamp', '2024-01-01T00:00:00Z', '2024-01-01 01:00:00+01')).toBe(0)
  expect(compareTexts('timestamp', '2024-01-01 00:00:00', '2024-01-01T00:00:00Z')).toBeUndefined()
  expect(toMicros('1970-01-01T00:00:00.000001-08:00', 'timestamp')).toBe(28_800_000_001n)
})

const shape = {
  schema: schemaOf([
    { name: 'n', type: 'long' },
    { name: 't', type: 'timestamp' },
    { name: 'd', type: 'double' },
  ]),
  partitionColumns: [],
  mapping: 'none' as const,
}
const file = (stats?: string): AddFile => ({
  path: 'x',
  partitionValues: {},
  size: 1,
  modificationTime: 0,
  dataChange: true,
  ...(stats === undefined ? {} : { stats }),
})

test('a file is kept unless its statistics prove that it has no match', () => {
  const equals = (value: number) => [{ column: 'n', op: '=', value }] as const
  expect(canSkip(file('{"numRecords":2,"minValues":{"n":5},"maxValues":{"n":9},"nullCount":{"n":0}}'), equals(4), shape)).toBe(true)
  expect(canSkip(file('{"numRecords":2,"minValues":{"n":5},"maxValues":{"n":9},"nullCount":{"n":0}}'), equals(5), shape)).toBe(false)
  for (const stats of [
    undefined,
    'broken',
    '{}',
    '{"stats_json":"{\\"numRecords\\":5}"}',
    '{"minValues":null}',
    '{"numRecords":1,"minValues":{"n":"x"},"maxValues":{"n":[]}}',
  ]) {
    expect(canSkip(file(stats), equals(4), shape), stats).toBe(false)
  }
  expect(canSkip(file('{"numRecords":2,"nullCount":{"n":2}}'), equals(4), shape)).toBe(true)
  expect(canSkip(file('{"numRecords":2,"nullCount":{"n":2}}'), [{ column: 'n', op: 'is null' }], shape)).toBe(false)
})

test('a maximum instant in milliseconds does not hide the microseconds above it', () => {
  const stats =
    '{"numRecords":1,"minValues":{"t":"2024-01-01T00:00:00.000Z"},"maxValues":{"t":"2024-01-01T00:00:00.123Z"},"nullCount":{"t":0}}'
  expect(canSkip(file(stats), [{ column: 't', op: '=', value: '2024-01-01T00:00:00.123999Z' }], shape)).toBe(false)
  expect(canSkip(file(stats), [{ column: 't', op: '=', value: '2024-01-01T00:00:00.124Z' }], shape)).toBe(true)
})

test.for([
  ['east of Greenwich', '1850-01-01T02:21:01.000+00:53', '1850-01-01T01:27:33Z'],
  ['west of Greenwich', '1850-01-01T01:02:12.000-00:25', '1850-01-01T01:27:33Z'],
  ['less than a minute', '1911-06-01T00:00:00.000Z', '1911-06-01T00:00:52Z'],
  ['with its seconds', '1850-01-01T02:21:01.000+00:53:28', '1850-01-01T01:27:33Z'],
] as const)('an offset of local mean time that statistics have cut to minutes hides no row: %s', ([, bound, value]) => {
  const stats = `{"numRecords":1,"minValues":{"t":"${bound}"},"maxValues":{"t":"${bound}"},"nullCount":{"t":0}}`
  for (const op of ['=', '<=', '>='] as const) expect(canSkip(file(stats), [{ column: 't', op, value }], shape)).toBe(false)
  const year = Number(value.slice(0, 4))
  if (!bound.includes(':53:28'))
    expect(canSkip(file(stats), [{ column: 't', op: '>', value: `${year + 1}-01-01T00:00:00Z` }], shape)).toBe(true)
})

test('a decimal bound that went through a double does not hide the digits it lost', () => {
  const decimals = { schema: schemaOf([{ name: 'p', type: 'decimal(38,18)' }]), partitionColumns: [], mapping: 'none' as const }
  const bounds = (text: string) => file(`{"numRecords":1,"minValues":{"p":${text}},"maxValues":{"p":${text}},"nullCount":{"p":0}}`)
  const equals = (value: string) => [{ column: 'p', op: '=', value }] as const
  expect(canSkip(bounds('0.1'), equals('0.100000000000000001'), decimals)).toBe(false)
  expect(canSkip(bounds('12345678901234567.0'), equals('12345678901234567.890000000000000000'), decimals)).toBe(false)
  expect(canSkip(bounds('-0.1'), equals('-0.100000000000000001'), decimals)).toBe(false)
  expect(canSkip(bounds('0.1'), equals('0.2'), decimals)).toBe(true)
  expect(canSkip(bounds('0.100000000000000000'), equals('0.100000000000000001'), decimals)).toBe(true)
  expect(allRowsHave(bounds('0.1'), 'p', '0.1', decimals)).toBe(false)
})

test('a maximum of another writer that ignores NaN skips nothing above it', () => {
  expect(
    canSkip(
      file('{"numRecords":1,"minValues":{"d":1},"maxValues":{"d":2},"nullCount":{"d":0}}'),
      [{ column: 'd', op: '>', value: 5 }],
      shape,
    ),
  ).toBe(false)
})

test('a whole file is removed only with proof', () => {
  const proof = '{"numRecords":2,"minValues":{"n":5},"maxValues":{"n":5},"nullCount":{"n":0}}'
  expect(allRowsHave(file(proof), 'n', 5, shape)).toBe(true)
  expect(allRowsHave(file(proof.replace('"nullCount":{"n":0}', '"nullCount":{"n":1}')), 'n', 5, shape)).toBe(false)
  expect(allRowsHave(file(proof.replace(',"nullCount":{"n":0}', '')), 'n', 5, shape)).toBe(false)
  expect(allRowsHave(file(proof.replace('{', '{"tightBounds":false,')), 'n', 5, shape)).toBe(false)
  expect(
    allRowsHave(
      { ...file(proof), deletionVector: { storageType: 'u', pathOrInlineDv: 'x', sizeInBytes: 1, cardinality: 1 } },
      'n',
      5,
      shape,
    ),
  ).toBe(false)
  expect(() => allRowsHave(file(proof), 'nope', 5, shape)).toThrow(/no column nope/)
})
