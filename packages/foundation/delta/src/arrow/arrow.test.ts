import { join } from 'node:path'
import { Readable } from 'node:stream'
import { type Random, seeded, seedOfRun } from '@sluice/core/testing'
import * as arrow from 'apache-arrow'
import { describe, expect, test } from 'vitest'
import type { Row } from '../read/rows.ts'
import type { Column, DeltaType } from '../schema/schema.ts'
import { queryRows } from '../sql.ts'
import { createTable, type DeltaTable } from '../table.ts'
import { workplace } from '../testing/workplace.ts'
import { arrowRows } from './arrow-rows.ts'
import { arrowStream, arrowTable, recordBatches } from './index.ts'

const { connection, folder } = await workplace()
const seed = seedOfRun()
let tables = 0
const create = (columns: readonly Column[]) => createTable(join(folder, `t${tables++}`), { connection, columns })
const rowsOf = async (table: DeltaTable) => await Array.fromAsync((await table.snapshot()).rows())
const bySql = async (table: DeltaTable) => await queryRows(connection, await (await table.snapshot()).scanSql())
const from = (columns: Readonly<Record<string, arrow.Vector>>) => arrowRows(new arrow.Table(columns))

const scalars = {
  long: [9_223_372_036_854_775_807n, -9_223_372_036_854_775_808n, 0n, 9_007_199_254_740_993n],
  integer: [2_147_483_647, -2_147_483_648, 0],
  short: [32_767, -32_768],
  byte: [127, -128],
  double: [0.1, -0, 1e300, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  float: [Math.fround(0.1), -1.5, Number.NaN],
  boolean: [true, false],
  string: ['', 'a\u0000b', 'ü😀', 'k'.repeat(300), '\u{10FFFF}'],
  date: ['0001-01-01', '1969-12-31', '9999-12-31'],
  timestamp: ['0001-01-01T00:00:00.000000Z', '1969-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z'],
  timestamp_ntz: ['0001-01-01T00:00:00.000000', '1582-10-10T01:02:03.000004', '9999-12-31T23:59:59.999999'],
  binary: [new Uint8Array(0), Uint8Array.of(0, 255, 92), new Uint8Array(40).fill(7)],
  'decimal(38,18)': ['99999999999999999999.999999999999999999', '-99999999999999999999.999999999999999999', '0.000000000000000001'],
  'decimal(9,2)': ['-9999999.99', '0.10', '0.00'],
  'decimal(18,0)': ['999999999999999999', '-1'],
  'decimal(4,4)': ['-0.9999', '0.0001'],
} as const satisfies Readonly<Record<string, readonly unknown[]>>
const names = Object.keys(scalars) as [keyof typeof scalars, ...(keyof typeof scalars)[]]

function randomType(random: Random, depth: number): DeltaType {
  const kind = depth === 0 ? 'scalar' : random.pick(['scalar', 'array', 'map', 'struct'])
  if (kind === 'array') return { type: 'array', elementType: randomType(random, depth - 1), containsNull: true }
  if (kind === 'map')
    return {
      type: 'map',
      keyType: random.pick(['string', 'long', 'date']),
      valueType: randomType(random, depth - 1),
      valueContainsNull: true,
    }
  if (kind === 'struct') {
    const fields = Array.from({ length: 1 + random.integer(3) }, (_, index) => ({
      name: `f ${index}`.replace(' ', '_'),
      type: randomType(random, depth - 1),
      nullable: true,
      metadata: {},
    }))
    return { type: 'struct', fields }
  }
  return random.pick(names)
}

/** A value in the form that `rows` gives. */
function randomValue(random: Random, type: DeltaType): unknown {
  if (random.chance(0.2)) return null
  if (typeof type === 'string') return random.pick(scalars[type as keyof typeof scalars] as unknown as readonly [unknown, ...unknown[]])
  if (type.type === 'array') return Array.from({ length: random.integer(4) }, () => randomValue(random, type.elementType))
  if (type.type === 'struct') return Object.fromEntries(type.fields.map((field) => [field.name, randomValue(random, field.type)]))
  const keys = [...scalars[type.keyType as 'string' | 'long' | 'date']].slice(0, random.integer(4))
  return new Map(keys.map((key) => [key, randomValue(random, type.valueType)]))
}

/** The tables of Arrow, cut at odd places, so that offsets and bits do not begin at 0. */
function* cut(table: arrow.Table, random: Random): Generator<arrow.RecordBatch> {
  for (let at = 0; at < table.numRows; ) {
    const count = 1 + random.integer(37)
    yield* table.slice(at, at + count).batches
    at += count
  }
}

test.for([0, 1])(
  `rows, Arrow and SQL are the same rows, through tables, cut batches and IPC (SLUICE_SEED=${seed} + %i)`,
  async (offset) => {
    const random = seeded(seed + offset)
    const columns: Column[] = [
      { name: 'id', type: 'long' },
      ...names.map((type, index) => ({ name: `s${index}`, type })),
      ...Array.from({ length: 4 }, (_, index) => ({ name: `n${index}`, type: randomType(random, 3) })),
    ]
    const rows: Row[] = Array.from({ length: 40 + random.integer(60) }, (_, id) => ({
      ...Object.fromEntries(columns.map(({ name, type }) => [name, randomValue(random, type)])),
      id: BigInt(id),
    }))
    const byRows = await create(columns)
    await byRows.append({ rows })
    expect(await rowsOf(byRows)).toEqual(rows)
    const snapshot = await byRows.snapshot()
    const whole = await arrowTable(snapshot, { batchRows: 1 + random.integer(80) })
    expect(whole.numRows).toBe(rows.length)
    for (const source of [
      whole,
      cut(whole, random),
      whole.batches,
      arrow.tableToIPC(whole, 'stream'),
      arrow.tableToIPC(whole, 'file'),
      arrowStream(snapshot, { batchRows: 50 }),
      Readable.from(arrowStream(snapshot)),
      recordBatches(snapshot, { batchRows: 7 }),
    ]) {
      const byArrow = await create(columns)
      await byArrow.append({ rows: arrowRows(source) })
      expect(await rowsOf(byArrow)).toEqual(rows)
      expect(await bySql(byArrow)).toEqual(await bySql(byRows))
    }
  },
)

test('the Arrow schema has one type for each Delta type, with the nullability of the columns', async () => {
  const table = await create([{ name: 'id', type: 'long', nullable: false }, ...names.map((type, index) => ({ name: `c${index}`, type }))])
  const { schema } = await arrowTable(await table.snapshot())
  expect(schema.fields.map(({ name, type, nullable }) => `${name} ${type} ${nullable}`)).toEqual([
    'id Int64 false',
    ...[
      'Int64',
      'Int32',
      'Int16',
      'Int8',
      'Float64',
      'Float32',
      'Bool',
      'Utf8',
      'Date32<DAY>',
      'Timestamp<MICROSECOND, UTC>',
      'Timestamp<MICROSECOND>',
      'Binary',
      'Decimal[38e+18]',
      'Decimal[9e+2]',
      'Decimal[18e0]',
      'Decimal[4e+4]',
    ].map((type, index) => `c${index} ${type} true`),
  ])
})

test('a scan gives the asked columns and rows, and an empty one its schema', async () => {
  const table = await create([
    { name: 'id', type: 'long' },
    { name: 'name', type: 'string' },
  ])
  await table.append({ select: "SELECT range AS id, 'n' || range AS name FROM range(10)" })
  const snapshot = await table.snapshot()
  const some = await arrowTable(snapshot, { columns: ['name'], where: [{ column: 'id', op: '>=', value: 8 }] })
  expect(some.toArray().map((row) => row?.toJSON())).toEqual([{ name: 'n8' }, { name: 'n9' }])
  const none = arrow.tableFromIPC(await Array.fromAsync(arrowStream(snapshot, { where: [{ column: 'id', op: '>', value: 100 }] })))
  expect([none.numRows, none.schema.names]).toEqual([0, ['id', 'name']])
})

test('a stream reads no further than its consumer pulls', async () => {
  const table = await create([{ name: 'id', type: 'long' }])
  await table.append({ select: 'SELECT range AS id FROM range(50000)' })
  const snapshot = await table.snapshot()
  let given = 0
  const counting = {
    ...snapshot,
    async *chunks() {
      for await (const chunk of snapshot.chunks()) {
        given += chunk.rowCount
        yield chunk
      }
    },
  }
  const stream = arrowStream(counting, { batchRows: 5000 })
  await stream.next()
  await new Promise((done) => setImmediate(done))
  expect(given).toBeLessThan(10_000)
  await stream.return(undefined)
})

test('other statements may run on the connection between two batches', async () => {
  const table = await create([{ name: 'id', type: 'long' }])
  await table.append({ select: 'SELECT range AS id FROM range(10000)' })
  let rows = 0
  for await (const batch of recordBatches(await table.snapshot(), { batchRows: 1000 })) {
    await queryRows(connection, 'SELECT 1')
    rows += batch.numRows
  }
  expect(rows).toBe(10_000)
})

describe('what Arrow holds in another form is written exactly', () => {
  const cases: Readonly<Record<string, readonly [type: DeltaType, vector: () => arrow.Vector, values: readonly unknown[]]>> = {
    'dictionary of texts': [
      'string',
      () => arrow.vectorFromArray(['a', null, 'b', 'a'], new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32())),
      ['a', null, 'b', 'a'],
    ],
    'unsigned bytes into short': ['short', () => arrow.vectorFromArray([255, null], new arrow.Uint8()), [255, null]],
    'unsigned longs into decimal': [
      'decimal(20,0)',
      () => arrow.makeVector(BigUint64Array.of(18_446_744_073_709_551_615n)),
      ['18446744073709551615'],
    ],
    'half floats': ['float', () => arrow.vectorFromArray([0.5, null], new arrow.Float16()), [0.5, null]],
    'floats into double': ['double', () => arrow.makeVector(Float32Array.of(0.1)), [Math.fround(0.1)]],
    'integers into long': ['long', () => arrow.makeVector(Int32Array.of(-5)), [-5n]],
    seconds: ['timestamp_ntz', () => instants(new arrow.TimestampSecond(), -1n), ['1969-12-31T23:59:59.000000']],
    'milliseconds of a named zone': [
      'timestamp',
      () => instants(new arrow.TimestampMillisecond('Europe/Paris'), 1n),
      ['1970-01-01T00:00:00.001000Z'],
    ],
    'whole microseconds as nanoseconds': [
      'timestamp',
      () => instants(new arrow.TimestampNanosecond('UTC'), -1000n),
      ['1969-12-31T23:59:59.999999Z'],
    ],
    'dates in milliseconds': ['date', () => arrow.vectorFromArray([new Date('2024-02-29')], new arrow.DateMillisecond()), ['2024-02-29']],
    'large text': ['string', () => arrow.vectorFromArray(['ü', null], new arrow.LargeUtf8()), ['ü', null]],
    'views of text': [
      'string',
      () => arrow.vectorFromArray(['short', 'a text of more than twelve bytes', null], new arrow.Utf8View()),
      ['short', 'a text of more than twelve bytes', null],
    ],
    'views of bytes': [
      'binary',
      () => arrow.vectorFromArray([Uint8Array.of(1), new Uint8Array(20).fill(9)], new arrow.BinaryView()),
      [Uint8Array.of(1), new Uint8Array(20).fill(9)],
    ],
    'bytes of a fixed size': [
      'binary',
      () => arrow.vectorFromArray([Uint8Array.of(1, 2), null], new arrow.FixedSizeBinary(2)),
      [Uint8Array.of(1, 2), null],
    ],
    'lists of a fixed size': [
      { type: 'array', elementType: 'integer', containsNull: true },
      () => arrow.vectorFromArray([[1, 2], null], new arrow.FixedSizeList(2, new arrow.Field('item', new arrow.Int32(), true))),
      [[1, 2], null],
    ],
    'nothing but NULL': ['date', () => arrow.vectorFromArray([null, null], new arrow.Null()), [null, null]],
  }
  for (const [name, [type, vector, values]] of Object.entries(cases))
    test(name, async () => {
      const table = await create([
        { name: 'id', type: 'long' },
        { name: 'c', type },
      ])
      await table.append({ rows: from({ c: vector() }) })
      expect((await rowsOf(table)).map(({ c }) => c)).toEqual(values)
    })
})

const instants = (type: arrow.Timestamp, ...values: bigint[]) =>
  new arrow.Vector([arrow.makeData({ type, data: BigInt64Array.from(values) } as never)]) as arrow.Vector

describe('what Delta cannot hold exactly is refused by row and column, and nothing is written', () => {
  const cases: Readonly<Record<string, readonly [type: DeltaType, vector: () => arrow.Vector, code: string, message: string]>> = {
    'a double for a decimal': [
      'decimal(9,2)',
      () => arrow.makeVector(Float64Array.of(0.1)),
      'schema.mismatch',
      'c has the type decimal(9,2), but the query gives DOUBLE',
    ],
    'a decimal of more places': [
      'decimal(9,2)',
      () => arrow.vectorFromArray([Uint32Array.of(1, 0, 0, 0)], new arrow.Decimal(3, 9, 128)),
      'schema.mismatch',
      'the cast would round',
    ],
    'a decimal of 39 digits': [
      'decimal(38,0)',
      () => arrow.vectorFromArray([new Uint32Array(8)], new arrow.Decimal(0, 39, 256)),
      'schema.mismatch',
      'decimal(39,0)',
    ],
    'a number too large': ['byte', () => arrow.makeVector(Int32Array.of(1, 128)), 'query.failed', 'out of range'],
    nanoseconds: [
      'timestamp',
      () => instants(new arrow.TimestampNanosecond('UTC'), 0n, 1n),
      'rows.invalid',
      'Row 1: c has an instant with nanoseconds',
    ],
    'an instant of no year': [
      'timestamp',
      () => instants(new arrow.TimestampSecond('UTC'), 2n ** 62n),
      'rows.invalid',
      'Row 0: c has an instant beyond',
    ],
    'a date with a time': [
      'date',
      () => arrow.vectorFromArray([new Date(5)], new arrow.DateMillisecond()),
      'rows.invalid',
      'Row 0: c has a date with a time of day',
    ],
    'a text that is not UTF-8': [
      'string',
      () =>
        new arrow.Vector([
          arrow.makeData({ type: new arrow.Utf8(), length: 1, valueOffsets: Int32Array.of(0, 1), data: Uint8Array.of(255) }),
        ]) as arrow.Vector,
      'rows.invalid',
      'Row 0: c has a text that is not UTF-8',
    ],
    'the same key twice': ['string', () => mapVector(['a', 'a']), 'rows.invalid', 'Row 0: c has a map with the same key twice'],
    'a time of day': ['string', () => arrow.vectorFromArray([1], new arrow.TimeSecond()), 'schema.mismatch', 'Time32<SECOND>'],
    'a duration': ['long', () => arrow.vectorFromArray([1n], new arrow.DurationSecond()), 'schema.mismatch', 'Duration<SECOND>'],
    'a column that the table lacks': ['long', () => arrow.makeVector(Int32Array.of(1)), 'schema.mismatch', 'The table has no column d'],
  }
  for (const [name, [type, vector, code, message]] of Object.entries(cases))
    test(name, async () => {
      const table = await create([
        { name: 'id', type: 'long' },
        { name: 'c', type },
      ])
      const column = message.includes('no column d') ? 'd' : 'c'
      await expect(table.append({ rows: from({ [column]: vector() }) })).rejects.toMatchObject({
        code,
        message: expect.stringContaining(message),
      })
      expect((await table.snapshot()).version).toBe(0)
      expect(await queryRows(connection, "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'delta_%'")).toEqual([])
    })
})

function mapVector(keys: readonly string[]): arrow.Vector {
  const entries = new arrow.Struct<{ key: arrow.Utf8; value: arrow.Utf8 }>([
    new arrow.Field('key', new arrow.Utf8(), false),
    new arrow.Field('value', new arrow.Utf8(), true),
  ])
  const texts = arrow.vectorFromArray(keys, new arrow.Utf8()).data[0] as arrow.Data
  const child = arrow.makeData({ type: entries, length: keys.length, children: [texts, texts] })
  const map = new arrow.Map_(new arrow.Field('entries', entries, false))
  return new arrow.Vector([arrow.makeData({ type: map, length: 1, valueOffsets: Int32Array.of(0, keys.length), child })]) as arrow.Vector
}

test('overwrite, replaceBatch and merge take Arrow; a merge leaves the columns that it lacks; evolve adds typed columns', async () => {
  const table = await create([
    { name: 'id', type: 'long' },
    { name: 'name', type: 'string' },
    { name: 'n', type: 'integer' },
  ])
  await table.append({ select: "SELECT range AS id, 'n' || range AS name, range::INTEGER AS n FROM range(3)" })
  await table.merge({
    source: from({ id: arrow.makeVector(BigInt64Array.of(2n, 5n)), n: arrow.makeVector(Int32Array.of(20, 50)) }),
    on: 'target.id = source.id',
    updateAll: true,
    insertAll: true,
  })
  expect((await rowsOf(table)).toSorted(byId)).toEqual([
    { id: 0n, name: 'n0', n: 0 },
    { id: 1n, name: 'n1', n: 1 },
    { id: 2n, name: 'n2', n: 20 },
    { id: 5n, name: null, n: 50 },
  ])
  await table.replaceBatch({ column: 'name', value: 'n0', rows: from({ id: arrow.makeVector(BigInt64Array.of(9n)) }) })
  await table.overwrite({ replaceWhere: 'id < 3', rows: from({ id: arrow.makeVector(BigInt64Array.of(1n)) }) })
  await table.append({ evolve: true, rows: from({ at: instants(new arrow.TimestampMillisecond('UTC'), 0n) }) })
  expect((await table.snapshot()).schema.fields.at(-1)).toMatchObject({ name: 'at', type: 'timestamp' })
  expect((await rowsOf(table)).filter(({ at }) => at !== null)).toEqual([
    { id: null, name: null, n: null, at: '1970-01-01T00:00:00.000000Z' },
  ])
  expect((await rowsOf(table)).flatMap(({ id }) => (id === null ? [] : [Number(id)])).toSorted((a, b) => a - b)).toEqual([1, 5, 9])
})

const byId = (a: Row, b: Row) => Number((a.id as bigint) - (b.id as bigint))

test('batches of different schemas, sources that are not Arrow and cut streams are refused', async () => {
  const table = await create([{ name: 'id', type: 'long' }])
  const one = new arrow.Table({ id: arrow.makeVector(BigInt64Array.of(1n)) })
  const other = new arrow.Table({ id: arrow.makeVector(Int32Array.of(1)) })
  const append = async (source: unknown) => await table.append({ rows: arrowRows(source as arrow.Table) })
  await expect(append(new Set<unknown>([...one.batches, ...other.batches]))).rejects.toThrow('A later record batch has another schema')
  await expect(append(new Set([{ id: 1 }]))).rejects.toMatchObject({
    code: 'rows.invalid',
    next: expect.stringContaining('without arrowRows'),
  })
  await expect(append(new Set())).rejects.toThrow('no record batch')
  await expect(append(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({ code: 'rows.invalid' })
  const bytes = arrow.tableToIPC(new arrow.Table({ id: arrow.makeVector(BigInt64Array.from({ length: 1000 }, () => 1n)) }), 'stream')
  await expect(append(bytes.subarray(0, bytes.length - 4000))).rejects.toMatchObject({ code: 'rows.invalid' })
  for (const wrong of [null, 5, 'text', [], {}, new Map(), new Date()])
    await expect(append(wrong)).rejects.toMatchObject({ code: 'option.invalid' })
  expect((await table.snapshot()).version).toBe(0)
})
