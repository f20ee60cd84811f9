import { join } from 'node:path'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { describe, expect, test } from 'vitest'
import type { Row } from './read/rows.ts'
import type { Column, DeltaType } from './schema/schema.ts'
import { queryRows } from './sql.ts'
import { createTable, type DeltaTable } from './table.ts'
import { workplace } from './testing/workplace.ts'

const { connection, folder } = await workplace()
const struct = (type: DeltaType): DeltaType => ({ type: 'struct', fields: [{ name: 'inner', type, nullable: true, metadata: {} }] })
const array = (elementType: DeltaType): DeltaType => ({ type: 'array', elementType, containsNull: true })
const map = (keyType: DeltaType, valueType: DeltaType): DeltaType => ({ type: 'map', keyType, valueType, valueContainsNull: true })
const columns: readonly Column[] = [
  { name: 'id', type: 'long' },
  { name: 'int', type: 'integer' },
  { name: 'small', type: 'short' },
  { name: 'tiny', type: 'byte' },
  { name: 'x', type: 'double' },
  { name: 'f', type: 'float' },
  { name: 'price', type: 'decimal(38,18)' },
  { name: 'ok', type: 'boolean' },
  { name: 'text', type: 'string' },
  { name: 'day', type: 'date' },
  { name: 'at', type: 'timestamp' },
  { name: 'local', type: 'timestamp_ntz' },
  { name: 'bytes', type: 'binary' },
  { name: 'list', type: array(struct('decimal(10,2)')) },
  { name: 'by_text', type: map('string', 'long') },
  { name: 'by_long', type: map('long', 'timestamp') },
  { name: 'nested', type: struct(array('date')) },
  { name: 'BLOB', type: { type: 'struct', fields: [{ name: 'BLOB', type: 'binary', nullable: true, metadata: {} }] } },
]
let tables = 0
const create = (more: { readonly partitionBy?: readonly string[] } = {}) =>
  createTable(join(folder, `t${tables++}`), { connection, columns, ...more })
const all = async (table: DeltaTable) => {
  const found: Row[] = []
  for await (const row of (await table.snapshot()).rows()) found.push(row)
  return found
}
async function* stream(rows: readonly Row[]) {
  for (const row of rows) yield await Promise.resolve(row)
}

const byFirst = ([a]: readonly unknown[], [b]: readonly unknown[]) => Number((a as bigint) - (b as bigint))

const full: Row = {
  id: 9_223_372_036_854_775_807n,
  int: -2_147_483_648,
  small: 32_767,
  tiny: -128,
  x: -0,
  f: Math.fround(0.1),
  price: '12345678901234567890.123456789012345678',
  ok: false,
  text: 'ü"\\\u0000\n😀 \'',
  day: '0001-01-01',
  at: '1850-01-01T01:27:33.000001Z',
  local: '9999-12-31T23:59:59.999999',
  bytes: Uint8Array.of(0, 92, 255, 39),
  list: [{ inner: '1.25' }, null, { inner: null }],
  by_text: new Map([
    ['k"\\', 1n],
    ['', null],
  ]),
  by_long: new Map([[-5n, '2026-01-01T00:00:00.500000Z']]),
  nested: { inner: ['2026-02-28', null] },
  BLOB: { BLOB: Uint8Array.of(120, 92) },
}
const empty: Row = Object.fromEntries(columns.map(({ name }) => [name, null]))

test('rows come back exactly as they were written, every type, to the last digit, and can be written again', async () => {
  const table = await create()
  expect(await table.append({ rows: stream([full, empty, {}]) })).toMatchObject({ version: 1, rows: 3 })
  const found = await all(table)
  expect(found).toEqual([full, empty, empty])
  const copy = await create({ partitionBy: ['day', 'ok'] })
  await copy.append({ rows: (await table.snapshot()).rows() })
  expect((await all(copy)).filter(({ id }) => id !== null)).toEqual([full])
})

test('the forms that callers have are taken too: Date, safe numbers, plain objects as maps', async () => {
  const table = await create()
  await table.append({ rows: [{ id: 5, x: Number.NaN, f: 0.1, price: 0.1, at: new Date(0), local: new Date(0), by_text: { a: 1 } }] })
  expect(await all(table)).toEqual([
    {
      ...empty,
      id: 5n,
      x: Number.NaN,
      f: Math.fround(0.1),
      price: '0.100000000000000000',
      at: '1970-01-01T00:00:00.000000Z',
      local: '1970-01-01T00:00:00.000000',
      by_text: new Map([['a', 1n]]),
    },
  ])
})

test('a decimal may have an exponent, as JavaScript writes small numbers and other engines write zeros', async () => {
  const table = await create()
  const given = ['0E-18', 1e-7, '1e-18', '1.5E+3', '-12.5e-1', '1234567890123456789012345e-18', 5e19]
  await table.append({ rows: given.map((price) => ({ price })) })
  expect((await all(table)).map(({ price }) => price)).toEqual([
    '0.000000000000000000',
    '0.000000100000000000',
    '0.000000000000000001',
    '1500.000000000000000000',
    '-1.250000000000000000',
    '1234567.890123456789012345',
    '50000000000000000000.000000000000000000',
  ])
  for (const price of ['1e-19', '1.9e-18', 1e21, '1e', 'e5'])
    await expect(table.append({ rows: [{ price }] })).rejects.toMatchObject({ code: 'rows.invalid' })
})

describe('a value that its column cannot hold exactly is refused with its row and column, and nothing is written', () => {
  test.for<[Row, string]>([
    [{ id: 1.5 }, 'Row 1: id must be a value of the type long, but it is 1.5'],
    [{ id: '1.5' }, 'Row 1: id'],
    [{ id: 2 ** 60 }, 'Row 1: id'],
    [{ id: 9_223_372_036_854_775_808n }, 'Row 1: id'],
    [{ tiny: 128 }, 'Row 1: tiny'],
    [{ f: 0.1 + 0.2 }, 'Row 1: f must be a value of the type float, but it is 0.30000000000000004'],
    [{ f: 16_777_217 }, 'Row 1: f'],
    [{ f: 1e300 }, 'Row 1: f'],
    [{ price: '1.1234567890123456789' }, 'Row 1: price'],
    [{ x: '1e400' }, 'Row 1: x must be a value of the type double, but it is the text "1e400"'],
    [{ x: '-1e-400' }, 'Row 1: x'],
    [{ text: 5 }, 'Row 1: text must be a value of the type string, but it is 5'],
    [{ text: '\ud800' }, 'half of a surrogate pair'],
    [{ day: '28/02/2026' }, 'Row 1: day'],
    [{ day: new Date(0) }, 'Row 1: day'],
    [{ at: 0 }, 'Row 1: at'],
    [{ at: new Date(Number.NaN) }, 'Row 1: at'],
    [{ ok: 'yes' }, 'Row 1: ok'],
    [{ bytes: 'text' }, 'Row 1: bytes must be a Uint8Array'],
    [{ list: {} }, 'Row 1: list must be a list'],
    [{ list: [{ inner: '1.255' }] }, 'Row 1: list[0]: inner'],
    [{ list: [{ c: 1 }] }, 'Row 1: list[0] has the column c'],
    [{ by_text: new Map([['k', 1.5]]) }, 'Row 1: by_text["k"]'],
    [{ by_long: new Map([['x', null]]) }, 'a key of Row 1: by_long'],
    [{ prize: 1 }, 'Row 1 has the column prize, which the table lacks'],
    [[] as unknown as Row, 'Row 1 must be an object'],
  ])('%o', async ([row, message]) => {
    const table = await create()
    await expect(table.append({ rows: [{ id: 1 }, row] })).rejects.toMatchObject({
      code: 'rows.invalid',
      facts: { row: 1 },
      message: expect.stringContaining(message),
    })
    expect((await table.snapshot()).version).toBe(0)
    expect(await queryRows(connection, "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'delta_%'")).toEqual([])
  })

  test('a misspelt column is named with what was probably meant', async () => {
    await expect((await create()).append({ rows: [{ prise: 1 }] })).rejects.toMatchObject({
      next: expect.stringContaining('Did you mean price?'),
    })
  })
})

test('a failure of the iterable is the failure of the write', async () => {
  const table = await create()
  async function* broken() {
    yield { id: 1 }
    throw new Error('the connection was closed')
  }
  await expect(table.append({ rows: broken() })).rejects.toThrow('the connection was closed')
  expect((await table.snapshot()).version).toBe(0)
})

test('overwrite, replaceBatch and merge take rows; a merge leaves the columns that no row names', async () => {
  const table = await create()
  await table.append({
    rows: [
      { id: 1, text: 'a', int: 1 },
      { id: 2, text: 'b', int: 2 },
    ],
  })
  expect(
    await table.merge({
      source: [
        { id: 2, int: 20 },
        { id: 3, int: 30 },
      ],
      on: 'target.id = source.id',
      updateAll: true,
      insertAll: true,
    }),
  ).toMatchObject({ updatedRows: 1, insertedRows: 1 })
  expect((await all(table)).map(({ id, text, int }) => [id, text, int]).sort(byFirst)).toEqual([
    [1n, 'a', 1],
    [2n, 'b', 20],
    [3n, null, 30],
  ])
  await table.replaceBatch({ column: 'text', value: 'b', rows: [{ id: 9 }] })
  expect((await all(table)).map(({ id, text }) => [id, text]).sort(byFirst)).toEqual([
    [1n, 'a'],
    [3n, null],
    [9n, 'b'],
  ])
  await table.overwrite({ rows: stream([{ id: 4, text: 'c' }]), replaceWhere: "text = 'c' OR text = 'a'" })
  expect((await all(table)).map(({ id }) => [id]).sort(byFirst)).toEqual([[3n], [4n], [9n]])
})

test('other statements may run on the connection between two rows, and columns and conditions select', async () => {
  const table = await create({ partitionBy: ['small'] })
  await table.append({ select: 'SELECT range AS id, (range % 3)::SMALLINT AS small FROM range(10000)' })
  const other = await create()
  let sum = 0n
  let seen = 0
  for await (const row of (await table.snapshot()).rows({ columns: ['id'], where: [{ column: 'small', op: '<', value: 2 }] })) {
    sum += row.id as bigint
    if (seen++ % 2000 === 0) await other.append({ rows: [row] })
  }
  const [expected] = await queryRows(connection, 'SELECT sum(range)::BIGINT AS s, count(*) AS n FROM range(10000) WHERE range % 3 < 2')
  expect([String(sum), String(seen)]).toEqual([expected?.s, expected?.n])
  expect((await other.snapshot()).numRecords).toBe(4)
})

test('random rows survive a round trip', async () => {
  const random = seeded(seedOfRun())
  const text = () =>
    Array.from({ length: random.integer(6) }, () => String.fromCodePoint(random.pick([65, 0, 34, 92, 0x20ac, 0x1f600, 10]))).join('')
  const maybe = <T>(make: () => T) => (random.integer(5) === 0 ? null : make())
  const rows = Array.from({ length: 500 }, (_, index) => ({
    ...empty,
    id: BigInt(index),
    x: maybe(() => random.pick([0, -0.5, 1e300, 5e-324, Number.POSITIVE_INFINITY, 123.456])),
    price: maybe(() => `${random.pick(['', '-'])}${random.integer(1e9) + 1}.${String(random.integer(1e9)).padStart(18, '0')}`),
    text: maybe(text),
    bytes: maybe(() => Uint8Array.from({ length: random.integer(5) }, () => random.integer(256))),
    at: maybe(
      () =>
        `${String(1 + random.integer(9999)).padStart(4, '0')}-0${1 + random.integer(9)}-1${random.integer(10)}T0${random.integer(10)}:00:00.${String(random.integer(1e6)).padStart(6, '0')}Z`,
    ),
    by_text: maybe(
      () => new Map(Array.from({ length: random.integer(4) }, (_, at) => [`${at}${text()}`, maybe(() => BigInt(random.integer(1e9)))])),
    ),
  }))
  const table = await create()
  await table.append({ rows })
  expect((await all(table)).sort((a, b) => Number((a.id as bigint) - (b.id as bigint)))).toEqual(rows)
})
