import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bigint, dataset, date, decimal, identity, integer, jsonb, text, timestamp } from '@sluice/author'
import { type BatchWrite, batchId, manualRunKey } from '@sluice/core'
import { openPool } from '@sluice/postgres'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openWarehouse, type Warehouse } from '../index.ts'
import { type TestWarehouse, testWarehouse } from '../testing/index.ts'
import type { LoadRequest } from './request.ts'

const prices = dataset('public.prices', {
  on: 'warehouse',
  columns: {
    id: integer(),
    asset: text({ notNull: true, max: 10 }),
    price: decimal(38, 18),
    day: date(),
    seen: timestamp(),
    size: bigint(),
    extra: jsonb(),
  },
  key: ['id'],
})
const columns = ['id', 'asset', 'price', 'day', 'seen', 'size', 'extra']
const numbered = dataset('public.numbered', { on: 'warehouse', columns: { no: identity(), word: text({ notNull: true }) }, key: ['no'] })
const users = dataset('public.users', {
  on: 'warehouse',
  columns: { id: integer(), email: text() },
  key: ['id'],
  indexes: [{ unique: ['email'] }],
})

let demo: TestWarehouse
let warehouse: Warehouse

beforeAll(async () => {
  demo = await testWarehouse(prices, numbered, users)
  warehouse = demo.warehouse
})
beforeEach(async () => {
  await warehouse.pool.query('truncate prices, numbered, users, sluice_loads, sluice_quarantine')
})
afterAll(() => demo.close())

const writeOf = (name: string, generation = 0, into = 'prices'): BatchWrite => ({
  project: 'demo',
  pipeline: 'p',
  task: 'load',
  run: name,
  attempt: 1,
  dataset: `demo:warehouse.public.${into}`,
  batch: batchId({
    project: 'demo',
    pipeline: 'p',
    task: 'load',
    mapKey: null,
    runKey: manualRunKey(name),
    dataset: `demo:warehouse.public.${into}`,
    write: 'main',
  }),
  generation,
  logicalTime: Date.UTC(2026, 0, 1, 12),
  inputs: [{ dataset: 'demo:lake.silver.assets', batch: 'b', version: '7' }],
})

async function* csv(content: string): AsyncGenerator<Buffer> {
  yield Buffer.from(content)
}

async function* untouchable(): AsyncGenerator<Buffer> {
  yield Buffer.from(expect.unreachable('the source was read'))
}

const load = (name: string, content: string, more: Partial<LoadRequest> & { generation?: number } = {}, into = warehouse) =>
  into.loadBatch({ write: writeOf(name, more.generation), table: prices, mode: 'append', columns, source: csv(content), ...more })

const rows = (sql: string) => warehouse.pool.query(sql)
const quarantine = () => rows('select row_number as line, rule, place as column from sluice_quarantine order by row_number')

test('a batch is written with its receipt, which carries counts, inputs and bytes', async () => {
  const content = '1,btc,65000.5,2026-01-01,2026-01-01 10:00:00+00,9007199254740993,"{""a"":1}"\n2,eth,,,,,\n'
  const receipt = await load('one', content, { rowsIn: 2 })
  expect(receipt).toMatchObject({
    status: 'written',
    rowsIn: 2,
    rowsWritten: 2,
    rowsQuarantined: 0,
    bytes: content.length,
    credits: 0,
    replayed: false,
    inputs: [{ dataset: 'demo:lake.silver.assets', batch: 'b', version: '7' }],
  })
  expect(await rows('select id, price, day, seen, size, extra, _load_id::text as load from prices order by id')).toEqual([
    {
      id: 1,
      price: '65000.500000000000000000',
      day: '2026-01-01',
      seen: Date.UTC(2026, 0, 1, 10),
      size: '9007199254740993',
      extra: { a: 1 },
      load: receipt.version,
    },
    { id: 2, price: null, day: null, seen: null, size: null, extra: null, load: receipt.version },
  ])
  expect(await warehouse.receipts({ run: 'one' })).toMatchObject([
    { run: 'one', task: 'load', mode: 'append', logicalTime: Date.UTC(2026, 0, 1, 12), rowsWritten: 2, version: receipt.version },
  ])
})

test('however many loads there were, all have their receipts', async () => {
  await load('one', '1,btc,,,,,\n')
  await warehouse.pool.query(
    `insert into sluice_loads overriding system value
     select (jsonb_populate_record(load, jsonb_build_object('id', load.id + n, 'batch', 'batch ' || n))).*
     from sluice_loads load, generate_series(1, 1200) n`,
  )
  expect(await warehouse.receipts()).toHaveLength(1_201)
})

test('the same batch and generation again is answered with the first receipt and leaves the source alone', async () => {
  const first = await load('again', '1,btc,,,,,\n')
  const second = await load('again', '', { source: untouchable() })
  expect(second).toMatchObject({ ...first, replayed: true })
  expect(await rows('select id from prices')).toEqual([{ id: 1 }])
})

test('a raised generation replaces exactly the rows of its batch', async () => {
  await load('a', '1,btc,,,,,\n2,eth,,,,,\n')
  await load('b', '3,ada,,,,,\n')
  const raised = await load('a', '1,BTC,,,,,\n4,dot,,,,,\n', { generation: 1 })
  expect(raised).toMatchObject({ rowsWritten: 2, rowsQuarantined: 0, replayed: false })
  expect(await rows('select id, asset from prices order by id')).toEqual([
    { id: 1, asset: 'BTC' },
    { id: 3, asset: 'ada' },
    { id: 4, asset: 'dot' },
  ])
})

test('an attempt of an older generation that comes late is refused and changes nothing', async () => {
  await load('late', '1,new,,,,,\n', { generation: 2 })
  await expect(load('late', '1,old,,,,,\n', { generation: 1 })).rejects.toMatchObject({ code: 'warehouse.failed', facts: { newest: 2 } })
  expect(await rows('select asset from prices')).toEqual([{ asset: 'new' }])
})

test('an append quarantines rows whose key is there from another batch', async () => {
  await load('first', '1,btc,,,,,\n')
  const receipt = await load('second', '1,other,,,,,\n2,eth,,,,,\n1,third,,,,,\n')
  expect(receipt).toMatchObject({ rowsIn: 3, rowsWritten: 1, rowsQuarantined: 2 })
  expect(await quarantine()).toEqual([
    { line: 1, rule: 'exists(id)', column: 'id' },
    { line: 3, rule: 'unique(id)', column: 'id' },
  ])
  expect(await rows('select id, asset from prices order by id')).toEqual([
    { id: 1, asset: 'btc' },
    { id: 2, asset: 'eth' },
  ])
})

test('an upsert updates what is there, the last row of equal keys wins and the others are quarantined', async () => {
  await load('first', '1,btc,1,,,,\n2,eth,2,,,,\n', { mode: 'upsert' })
  const receipt = await load('second', '02,ETC,9,,,,\n3,ada,3,,,,\n2,ETH,,,,,\n', { mode: 'upsert' })
  expect(receipt).toMatchObject({ rowsIn: 3, rowsWritten: 2, rowsQuarantined: 1 })
  expect(await quarantine()).toEqual([{ line: 1, rule: 'unique(id)', column: 'id' }])
  expect(
    await rows(`select id, asset, price::double precision as price, _load_id = ${receipt.version} as new from prices order by id`),
  ).toEqual([
    { id: 1, asset: 'btc', price: 1, new: false },
    { id: 2, asset: 'ETH', price: null, new: true },
    { id: 3, asset: 'ada', price: 3, new: true },
  ])
})

test('values of a unique index are quarantined within the batch and against the table, and do not stop an update of the same key', async () => {
  const loadUsers = (name: string, content: string) =>
    warehouse.loadBatch({ write: writeOf(name, 0, 'users'), table: users, mode: 'upsert', columns: ['id', 'email'], source: csv(content) })
  await loadUsers('a', '1,a@x\n2,b@x\n3,\n4,\n')
  expect(await loadUsers('b', '1,a@x\n5,b@x\n6,c@x\n7,c@x\n')).toMatchObject({ rowsWritten: 2, rowsQuarantined: 2 })
  expect(await quarantine()).toEqual([
    { line: 2, rule: 'exists(email)', column: 'email' },
    { line: 4, rule: 'unique(email)', column: 'email' },
  ])
})

test('a table numbered by the database takes equal rows', async () => {
  const receipt = await warehouse.loadBatch({
    write: writeOf('n', 0, 'numbered'),
    table: numbered,
    mode: 'append',
    columns: ['word'],
    source: csv('a\na\n""\n\n'),
  })
  expect(receipt).toMatchObject({ rowsIn: 4, rowsWritten: 3, rowsQuarantined: 1 })
  expect(await quarantine()).toEqual([{ line: 4, rule: 'not_null(word)', column: 'word' }])
  expect(await rows('select word from numbered order by no')).toEqual([{ word: 'a' }, { word: 'a' }, { word: '' }])
})

test('each rule sends its row to quarantine with the row as text', async () => {
  const bad = [
    ',btc,,,,,',
    'x,btc,,,,,',
    '2147483648,btc,,,,,',
    '4,,,,,,',
    '5,elevenchars,,,,,',
    '6,btc,1.2x,,,,',
    '7,btc,123456789012345678901,,,,',
    '8,btc,0.1234567890123456789,,,,',
    '9,btc,1e-19,,,,',
    '10,btc,NaN,,,,',
    '11,btc,Infinity,,,,',
    '12,btc,,2026-02-30,,,',
    '13,btc,,today,,,',
    '14,btc,,,infinity,,',
    '15,btc,,,2026-01-01 25:00:00,,',
    '16,btc,,,,9223372036854775808,',
    '17,btc,,,,,{',
    '18,btc,"",,,,',
  ]
  const good = '19,btc,1e-18,,,,\n20,btc,0.12345678901234567800000,,,,\n21,btc,99999999999999999999.999999999999999999,,,,\n'
  const receipt = await load('rules', `${bad.join('\n')}\n${good}`)
  expect(receipt).toMatchObject({ rowsIn: 21, rowsWritten: 3, rowsQuarantined: 18 })
  expect((await quarantine()).map(({ rule }) => rule)).toEqual([
    'not_null(id)',
    'type(id)',
    'range(id)',
    'not_null(asset)',
    'length(asset)',
    'type(price)',
    'range(price)',
    'exact(price)',
    'exact(price)',
    'type(price)',
    'type(price)',
    'type(day)',
    'type(day)',
    'type(seen)',
    'type(seen)',
    'range(size)',
    'type(extra)',
    'type(price)',
  ])
  expect(await rows('select cells from sluice_quarantine where row_number = 6')).toEqual([
    { cells: { id: '6', asset: 'btc', price: '1.2x', day: null, seen: null, size: null, extra: null } },
  ])
  expect(await rows('select price from prices order by id')).toEqual([
    { price: '0.000000000000000001' },
    { price: '0.123456789012345678' },
    { price: '99999999999999999999.999999999999999999' },
  ])
})

test('text survives exactly: quotes, newlines, backslashes, unicode, the empty text apart from null', async () => {
  const words = ['a "quoted" one', 'two\nlines\r\n', 'back\\slash \\N \\.', ' , ;\t', 'čeština 漢字 🙂', '', 'null', '\\.']
  const content = words.map((word) => `"${word.replaceAll('"', '""')}"\n`).join('')
  await warehouse.loadBatch({
    write: writeOf('w', 0, 'numbered'),
    table: numbered,
    mode: 'append',
    columns: ['word'],
    source: csv(content),
  })
  expect((await rows('select word from numbered order by no')).map(({ word }) => word)).toEqual(words)
})

test('a large append meets keys that repeat or are there already as a small one does', async () => {
  await load('few', '5,btc,,,,,\n')
  const lines = Array.from({ length: 12_000 }, (_, place) => `${place === 11_999 ? 7 : place},eth,,,,,\n`)
  const receipt = await load('many', lines.join(''), { rowsIn: 12_000 })
  expect(receipt).toMatchObject({ rowsWritten: 11_998, rowsQuarantined: 2 })
  expect(await quarantine()).toEqual([
    { line: 6, rule: 'exists(id)', column: 'id' },
    { line: 12_000, rule: 'unique(id)', column: 'id' },
  ])
  const fresh = Array.from({ length: 12_000 }, (_, place) => `${place + 20_000},ada,,,,,\n`)
  expect(await load('fresh', fresh.join(''))).toMatchObject({ rowsWritten: 12_000, rowsQuarantined: 0 })
})

test('a large load trusts the texts of typed values, and judges all of them when the server refuses one', async () => {
  const given = { id: { kind: 'integer' }, asset: { kind: 'text', max: 3 }, day: { kind: 'date' }, seen: { kind: 'timestamp' } } as const
  const lines = (odd: string) =>
    Array.from({ length: 12_000 }, (_, place) => (place === 7 ? odd : `${place},eth,0.50,2026-01-01,2026-01-01 10:00:00.25+00,,\n`)).join(
      '',
    )
  expect(await load('typed', lines('7,eth,1e-18,0001-01-01,9999-12-31 23:59:59.999999+00,,\n'), { given })).toMatchObject({
    rowsWritten: 12_000,
    rowsQuarantined: 0,
  })
  expect(await rows("select id from prices where seen >= '9999-12-31' and price = 1e-18")).toEqual([{ id: 7 }])
  await rows('truncate prices')
  const odd: readonly (readonly [string, string])[] = [
    ['x,eth,,,,,\n', 'type(id)'],
    [',eth,,,,,\n', 'not_null(id)'],
    ['7,eth,1e-19,,,,\n', 'exact(price)'],
    ['7,eth,,12345-01-01,,,\n', 'range(day)'],
    ['7,eth,,,0044-03-15 (BC) 10:00:00+00,,\n', 'range(seen)'],
    ['7,eth,,,,,{\n', 'type(extra)'],
  ]
  for (const [row, rule] of odd) {
    expect(await load(rule, lines(row), { given })).toMatchObject({ rowsWritten: 11_999, rowsQuarantined: 1 })
    expect(await rows('select row_number as line, rule from sluice_quarantine')).toEqual([{ line: 8, rule }])
    await rows('truncate prices, sluice_loads, sluice_quarantine')
  }
})

test('a file of typed values is parsed as it is staged, and judged as text where it is not what it was said to be', async () => {
  const given = { id: { kind: 'integer' }, asset: { kind: 'text', max: 3 }, day: { kind: 'date' }, seen: { kind: 'timestamp' } } as const
  const folder = await mkdtemp(join(tmpdir(), 'load '))
  const loadFile = async (name: string, lines: string) => {
    const path = join(folder, name)
    await writeFile(path, lines)
    return await load(name, '', { given, source: path })
  }
  try {
    expect(await loadFile('typed', '1,btc,0.50,2026-01-01,2026-01-01 10:00:00.25+00,,\n,eth,,,,,\n3,ada,,12345-01-01,,,\n')).toMatchObject({
      rowsWritten: 1,
      rowsQuarantined: 2,
    })
    expect(await quarantine()).toEqual([
      { line: 2, rule: 'not_null(id)', column: 'id' },
      { line: 3, rule: 'range(day)', column: 'day' },
    ])
    await rows('truncate prices, sluice_loads, sluice_quarantine, sluice_superseded')
    expect(await loadFile('odd', '1,btc,0.50,2026-01-01,,,\nx,eth,,,,,\n3,ada,,,0044-03-15 (BC) 10:00:00+00,,\n')).toMatchObject({
      rowsWritten: 1,
      rowsQuarantined: 2,
    })
    expect(await quarantine()).toEqual([
      { line: 2, rule: 'type(id)', column: 'id' },
      { line: 3, rule: 'range(seen)', column: 'seen' },
    ])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('concurrent loads of one batch give one load', async () => {
  const receipts = await Promise.all([1, 2, 3, 4].map(() => load('same', '1,btc,,,,,\n')))
  expect(receipts.filter(({ replayed }) => !replayed)).toHaveLength(1)
  expect(new Set(receipts.map(({ version }) => version)).size).toBe(1)
  expect(await rows('select count(*) as n from sluice_loads')).toEqual([{ n: 1 }])
})

test('two batches that bring the same keys at the same time write each key once', async () => {
  const content = Array.from({ length: 12_000 }, (_, place) => `${place},btc,,,,,\n`).join('')
  const receipts = await Promise.all([load('left', content), load('right', content)])
  expect(receipts.map(({ rowsWritten }) => rowsWritten).reduce((a, b) => a + b)).toBe(12_000)
  expect(receipts.map(({ rowsQuarantined }) => rowsQuarantined).reduce((a, b) => a + b)).toBe(12_000)
})

test('concurrent upserts of the same keys in opposite orders take turns', async () => {
  const lines = Array.from({ length: 3000 }, (_, place) => `${place},btc,,,,,\n`)
  const receipts = await Promise.all(
    [lines, lines.toReversed(), lines].map((each, place) => load(`turn ${place}`, each.join(''), { mode: 'upsert' })),
  )
  expect(receipts.map(({ rowsWritten }) => rowsWritten)).toEqual([3000, 3000, 3000])
})

test('an empty batch has a receipt, and in a raised generation takes the rows away', async () => {
  expect(await load('empty', '1,btc,,,,,\n')).toMatchObject({ rowsWritten: 1 })
  expect(await load('empty', '', { generation: 1 })).toMatchObject({ status: 'written', rowsIn: 0, rowsWritten: 0, bytes: 0 })
  expect(await rows('select id from prices')).toEqual([])
})

test('a file is read by its path', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'load '))
  const path = join(folder, 'rows.csv')
  await writeFile(path, '1,btc,,,,,\nx,eth,,,,,\n')
  const receipt = await load('file', '', { source: path })
  expect(receipt).toMatchObject({ rowsIn: 2, rowsWritten: 1, rowsQuarantined: 1, bytes: 22 })
  expect(await warehouse.quarantine({ loadId: Number(receipt.version) })).toMatchObject([
    { batch: receipt.batch, generation: 0, rowNumber: 2, rule: 'type(id)', place: 'id', cells: { id: 'x', asset: 'eth', price: null } },
  ])
  await rm(folder, { recursive: true })
  await expect(load('gone', '', { source: path })).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a count of the producer that does not hold takes everything back', async () => {
  await expect(load('short', '1,btc,,,,,\n', { rowsIn: 2 })).rejects.toMatchObject({ code: 'bug.unreachable', kind: 'bug' })
  expect(await rows('select id from prices')).toEqual([])
  expect(await rows('select id from sluice_loads')).toEqual([])
})

test('a file of other columns is refused with the line, and nothing is written', async () => {
  await expect(load('narrow', '1,btc,,,,,\n2,eth\n')).rejects.toMatchObject({ code: 'input.invalid', facts: { line: 2, column: 'price' } })
  await expect(load('bytes', 'x', { source: bytes() })).rejects.toMatchObject({ code: 'input.invalid', facts: { line: 1 } })
  expect(await rows('select id from sluice_loads')).toEqual([])
})

async function* bytes(): AsyncGenerator<Buffer> {
  yield Buffer.concat([Buffer.from('1,b'), Buffer.from([0xff]), Buffer.from(',,,,,\n')])
}

test('an error of the source is thrown as it is', async () => {
  const broken = async function* (): AsyncGenerator<Buffer> {
    yield Buffer.from('1,btc,,,,,\n')
    throw new TypeError('no more')
  }
  await expect(load('broken', '', { source: broken() })).rejects.toThrow(new TypeError('no more'))
  expect(await load('broken', '1,btc,,,,,\n')).toMatchObject({ rowsWritten: 1, replayed: false })
})

test("an abort while the source hangs ends the load with the signal's reason", async () => {
  const controller = new AbortController()
  const hanging = async function* (): AsyncGenerator<Buffer> {
    yield Buffer.from('1,btc,,,,,\n')
    controller.abort(new Error('stop it'))
    await new Promise(() => undefined)
  }
  await expect(load('hang', '', { source: hanging(), signal: controller.signal })).rejects.toThrow('stop it')
  expect(await rows('select id from sluice_loads')).toEqual([])
})

test('an abort while a statement waits cancels the statement, also where all connections of the pool wait', async () => {
  const blocker = openPool(demo.url)
  const narrow = openWarehouse({ database: { url: demo.url }, project: 'demo', maxConnections: 2 })
  const controller = new AbortController()
  await blocker.transaction(async (tx) => {
    await tx.query('lock table prices')
    const loading = ['one', 'two'].map((batch) => load(batch, '1,btc,,,,,\n', { signal: controller.signal }, narrow))
    const ended = Promise.allSettled(loading)
    const waiting = `select count(*) as n from pg_locks where not granted and relation = 'prices'::regclass`
    while ((await blocker.query<{ n: number }>(waiting))[0]?.n !== 2);
    controller.abort(new Error('enough'))
    expect(await ended).toEqual(loading.map(() => ({ status: 'rejected', reason: new Error('enough') })))
  })
  await narrow.close()
  await blocker.end()
})

test('a load that cannot work is refused before the source is read', async () => {
  const attempt = (more: Partial<LoadRequest>) => load('never', '', { source: untouchable(), ...more })
  await expect(attempt({ columns: ['id', 'nope'] })).rejects.toMatchObject({ code: 'definition.invalid' })
  await expect(attempt({ columns: ['id', 'id'] })).rejects.toThrow('named twice')
  await expect(attempt({ columns: ['id'] })).rejects.toThrow('nothing fills "asset"')
  await expect(attempt({ table: numbered, columns: ['no'] })).rejects.toThrow('fills "no" itself')
  await expect(attempt({ table: numbered, columns: ['word'], mode: 'upsert' })).rejects.toThrow('primary key')
})
