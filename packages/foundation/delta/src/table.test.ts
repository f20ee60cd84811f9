import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Action } from './protocol/actions.ts'
import type { ScanOptions, Snapshot } from './read/snapshot.ts'
import type { Column } from './schema/schema.ts'
import { queryRows } from './sql.ts'
import { createTable, openTable, tableExists } from './table.ts'
import { validateLog } from './testing/validate-log.ts'

let instance: DuckDBInstance
let connection: DuckDBConnection
let root: string
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:', { autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' })
  connection = await instance.connect()
})
afterAll(() => {
  connection.closeSync()
  instance.closeSync()
})
beforeEach(() => {
  root = join(mkdtempSync(join(tmpdir(), 'delta ')), "a table's [root]")
})
afterEach(() => {
  if (existsSync(join(root, '_delta_log'))) expect(validateLog(root)).toEqual([])
  rmSync(join(root, '..'), { recursive: true })
})

const columns: readonly Column[] = [
  { name: 'id', type: 'long', nullable: false },
  { name: 'name', type: 'string' },
  { name: '_batch', type: 'string' },
]
const create = (options: { columns?: readonly Column[]; partitionBy?: readonly string[]; properties?: Record<string, string> } = {}) =>
  createTable(root, { connection, columns, ...options })
async function rows(snapshot: Snapshot, options?: ScanOptions): Promise<unknown[]> {
  return await queryRows(connection, `SELECT * FROM (${await snapshot.scanSql(options)}) ORDER BY ALL`)
}
const commitOf = (version: number): Action[] =>
  readFileSync(join(root, '_delta_log', `${version.toString().padStart(20, '0')}.json`), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Action)
const dataFiles = () =>
  readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.parquet') && !name.includes('_delta_log'))

test('a new table is empty, protocol 1/2, and reads as no rows with the right types', async () => {
  const table = await create()
  const snapshot = await table.snapshot()
  expect(snapshot).toMatchObject({ version: 0, files: [], numRecords: 0, bytes: 0 })
  expect(commitOf(0)[1]).toEqual({ protocol: { minReaderVersion: 1, minWriterVersion: 2 } })
  expect(await queryRows(connection, `DESCRIBE ${await snapshot.scanSql()}`)).toMatchObject([
    { column_type: 'BIGINT' },
    { column_type: 'VARCHAR' },
    { column_type: 'VARCHAR' },
  ])
  await expect(create()).rejects.toMatchObject({ code: 'table.exists' })
  expect(await tableExists(root)).toBe(true)
  await expect(openTable(join(root, 'nothing'), { connection })).rejects.toMatchObject({ code: 'table.missing' })
  expect(await tableExists(join(root, 'nothing'))).toBe(false)
})

test('append, overwrite, time travel by version and by time, history', async () => {
  const table = await create()
  expect(await table.append({ select: "SELECT 1 AS id, 'a' AS name", commitInfo: { userMetadata: 'hello' } })).toMatchObject({
    version: 1,
    alreadyCommitted: false,
    addedFiles: 1,
    rows: 1,
  })
  await table.append({ select: "SELECT 2 AS id, 'b' AS name" })
  expect(await table.overwrite({ select: 'SELECT 9 AS id' })).toMatchObject({ version: 3, removedFiles: 2, removedRows: 2, rows: 1 })
  for (const version of [0, 1, 2, 3]) {
    const at = new Date(Date.UTC(2026, 0, 1 + version))
    utimesSync(join(root, '_delta_log', `${version.toString().padStart(20, '0')}.json`), at, at)
  }
  expect(await rows(await table.snapshot())).toEqual([{ id: '9', name: null, _batch: null }])
  expect(await rows(await table.snapshot({ version: 1 }), { columns: ['name', 'id'] })).toEqual([{ name: 'a', id: '1' }])
  expect((await table.snapshot({ timestamp: '2026-01-03T12:00:00Z' })).version).toBe(2)
  expect((await table.snapshot({ timestamp: new Date(Date.UTC(2026, 0, 2)) })).version).toBe(1)
  await expect(table.snapshot({ timestamp: 0 })).rejects.toMatchObject({ code: 'version.missing' })
  await expect(table.snapshot({ version: 4 })).rejects.toMatchObject({ code: 'version.missing' })
  const history = await table.history()
  expect(history.map((entry) => [entry.version, entry.operation])).toEqual([
    [3, 'WRITE'],
    [2, 'WRITE'],
    [1, 'WRITE'],
    [0, 'CREATE TABLE'],
  ])
  expect(history[2]?.commitInfo).toMatchObject({ userMetadata: 'hello', operationParameters: { mode: 'Append' } })
  expect(await table.history({ limit: 1 })).toHaveLength(1)
})

test('a transaction that is already in the table writes nothing and says so', async () => {
  const table = await create()
  const txn = { appId: 'batch-1', version: 3 }
  await table.append({ select: 'SELECT 1 AS id', txn })
  const files = dataFiles()
  expect(await table.append({ select: 'SELECT 2 AS id', txn })).toMatchObject({ version: 1, alreadyCommitted: true, rows: 0 })
  expect(await table.replaceBatch({ column: '_batch', value: 'b', select: 'SELECT 2 AS id', txn: { ...txn, version: 2 } })).toMatchObject({
    alreadyCommitted: true,
  })
  expect(dataFiles()).toEqual(files)
  expect(await table.append({ select: 'SELECT 2 AS id', txn: { ...txn, version: 4 } })).toMatchObject({
    version: 2,
    alreadyCommitted: false,
  })
  expect((await table.snapshot()).txns).toEqual(new Map([['batch-1', 4]]))
  await table.append({ select: 'SELECT 3 AS id' })
  expect(await table.findTransaction('batch-1')).toMatchObject({
    version: 2,
    txn: { version: 4 },
    commitInfo: { operationMetrics: { numOutputRows: '1' } },
  })
  expect(await table.findTransaction('batch-2')).toBeUndefined()
})

test('an empty query commits its transaction and no file', async () => {
  const table = await create()
  expect(await table.append({ select: 'SELECT 1 AS id WHERE false', txn: { appId: 'x', version: 0 } })).toMatchObject({
    version: 1,
    addedFiles: 0,
    rows: 0,
  })
  expect(dataFiles()).toEqual([])
  expect((await table.snapshot()).txns.get('x')).toBe(0)
})

test('replaceBatch drops whole files by their statistics and rewrites shared ones', async () => {
  const table = await create()
  const hash = (n: number) => n.toString(16).padStart(64, 'ab')
  await table.append({ select: `SELECT range AS id, CASE WHEN range < 5 THEN '${hash(1)}' END AS _batch FROM range(10)` })
  await table.replaceBatch({ column: '_batch', value: hash(2), select: 'SELECT 100 AS id' })
  await table.replaceBatch({ column: '_batch', value: hash(3), select: "SELECT 200 AS id, 'ignored' AS _batch" })
  const whole = await table.replaceBatch({ column: '_batch', value: hash(2), select: 'SELECT 101 AS id UNION ALL SELECT 102' })
  expect(whole).toMatchObject({ removedFiles: 1, addedFiles: 1, rows: 2, removedRows: 1 })
  const shared = await table.replaceBatch({ column: '_batch', value: hash(1), select: 'SELECT 50 AS id' })
  expect(shared).toMatchObject({ removedFiles: 1, addedFiles: 2, rows: 1, removedRows: 5 })
  expect(await rows(await table.snapshot(), { columns: ['id', '_batch'] })).toEqual([
    ...['5', '6', '7', '8', '9'].map((id) => ({ id, _batch: null })),
    { id: '50', _batch: hash(1) },
    { id: '101', _batch: hash(2) },
    { id: '102', _batch: hash(2) },
    { id: '200', _batch: hash(3) },
  ])
  const emptied = await table.replaceBatch({ column: '_batch', value: hash(3), select: 'SELECT 1 AS id WHERE false' })
  expect(emptied).toMatchObject({ removedFiles: 1, addedFiles: 0, rows: 0, removedRows: 1 })
})

test('replaceBatch finds its rows by statistics even past the 32nd column', async () => {
  const wide = [
    ...Array.from({ length: 40 }, (_, i): Column => ({ name: `c${i}`, type: 'integer' })),
    { name: '_batch', type: 'string' } as const,
  ]
  const table = await create({ columns: wide })
  await table.replaceBatch({ column: '_batch', value: 'a', select: 'SELECT 1 AS c0' })
  await table.replaceBatch({ column: '_batch', value: 'b', select: 'SELECT 2 AS c0' })
  const stats = JSON.parse(commitOf(1).flatMap((action) => action.add?.stats ?? [])[0] ?? '{}') as { nullCount: object; minValues: object }
  expect(Object.keys(stats.nullCount)).toEqual([...wide.slice(0, 32), wide[40]].map((c) => c?.name))
  expect(stats.minValues).toEqual({ c0: 1, _batch: 'a' })
  await table.append({ select: "SELECT 5 AS c0, 'x' AS _batch UNION ALL SELECT 6, 'y'" })
  await table.replaceBatch({ column: '_batch', value: 'x', select: 'SELECT 7 AS c0' })
  expect(
    commitOf(4)
      .flatMap((action) => action.add?.stats ?? [])
      .every((text) => text.includes('"_batch":')),
  ).toBe(true)
  await table.overwrite({ select: 'SELECT 1 AS c0 WHERE false' })
  await table.replaceBatch({ column: '_batch', value: 'a', select: 'SELECT 1 AS c0' })
  await table.replaceBatch({ column: '_batch', value: 'b', select: 'SELECT 2 AS c0' })
  for (const file of dataFiles()) rmSync(join(root, file))
  await table.replaceBatch({ column: '_batch', value: 'a', select: 'SELECT 3 AS c0' })
  // Neither old file was read, because both are gone from the disk.
  expect((await table.snapshot()).files).toHaveLength(2)
  writeFileSync(
    join(root, (await table.snapshot({ version: 7 })).files[1]?.path ?? ''),
    Buffer.alloc((await table.snapshot({ version: 7 })).files[1]?.size ?? 0),
  )
})

test('partition values survive odd characters, NULL, the empty string and long text', async () => {
  const table = await create({
    columns: [...columns, { name: 'p', type: 'string' }, { name: 'd', type: 'date' }, { name: 't', type: 'timestamp' }],
    partitionBy: ['p', 'd', 't'],
  })
  const values = ["a/b'", 'x y%2F=', 'ü*?[', '__HIVE_DEFAULT_PARTITION__', '%', '日本', 'a:b#c&d+e']
  const tuple = (p: string, index: number) =>
    `(${index}, '${p.replaceAll("'", "''")}', DATE '2024-02-29', TIMESTAMPTZ '2024-01-01 01:02:03.000004+02')`
  await table.append({
    select: `SELECT * FROM (VALUES ${values.map(tuple).join(', ')}, (98, '', NULL, NULL), (99, NULL, NULL, NULL)) v(id, p, d, t)`,
  })
  await table.append({ select: `SELECT 100 AS id, repeat('long/', 100) AS p, DATE '2024-01-01' AS d` })
  const snapshot = await table.snapshot()
  expect(snapshot.files.map((file) => file.partitionValues.t)).toContain('2023-12-31T23:02:03.000004Z')
  const found = await rows(snapshot, { columns: ['id', 'p', 't'] })
  expect(found).toEqual([
    ...values.map((p, index) => ({ id: String(index), p, t: '2023-12-31 23:02:03.000004+00' })),
    { id: '98', p: null, t: null },
    { id: '99', p: null, t: null },
    { id: '100', p: 'long/'.repeat(100), t: null },
  ])
  for (const [index, p] of values.entries())
    expect(await rows(snapshot, { columns: ['id'], where: [{ column: 'p', op: '=', value: p }] })).toEqual([{ id: String(index) }])
  expect(await rows(snapshot, { columns: ['id'], where: [{ column: 'p', op: 'is null' }] })).toEqual([{ id: '98' }, { id: '99' }])
  await table.replaceBatch({ column: 'p', value: 'x y%2F=', select: 'SELECT 7 AS id' })
  expect((await rows(await table.snapshot(), { columns: ['id'] })).length).toBe(10)
})

test('every primitive type partitions, prunes and is replaced by its value', async () => {
  const typed: readonly [Column['type'], string, string][] = [
    ['integer', '7', '7'],
    ['long', '-9007199254740993', '-9007199254740993'],
    ['boolean', 'true', 'true'],
    ['date', "DATE '2024-02-29'", '2024-02-29'],
    ['decimal(10,2)', '1.50::DECIMAL(10,2)', '1.5'],
    ['double', '0.1::DOUBLE', '0.1'],
    ['timestamp', "TIMESTAMPTZ '2024-01-01 00:00:00.5+00'", '2024-01-01T00:00:00.5Z'],
  ]
  const table = await create({
    columns: [{ name: 'id', type: 'long' }, ...typed.map(([type], i) => ({ name: `p${i}`, type }))],
    partitionBy: typed.map((_, i) => `p${i}`),
  })
  await table.append({
    select: `SELECT 1 AS id, ${typed.map(([, sql], i) => `${sql} AS p${i}`).join(', ')} UNION ALL SELECT 2${', NULL'.repeat(typed.length)}`,
  })
  const all = await rows(await table.snapshot())
  expect(all).toHaveLength(2)
  expect(all[0]).toEqual(
    (await queryRows(connection, `SELECT 1::BIGINT AS id, ${typed.map(([, sql], i) => `${sql} AS p${i}`).join(', ')}`)).map((row) => ({
      ...row,
      p1: String(row.p1),
    }))[0],
  )
  for (const [i, [, , value]] of typed.entries()) {
    const scan = await (await table.snapshot()).scanSql({ columns: ['id'], where: [{ column: `p${i}`, op: '=', value }] })
    expect(scan.match(/\.parquet'/g)).toHaveLength(1)
    expect(await queryRows(connection, scan)).toEqual([{ id: '1' }])
  }
  for (const [i, [, , value]] of typed.entries()) {
    expect(
      await table.replaceBatch({
        column: `p${i}`,
        value,
        select: `SELECT 1 AS id, ${typed.map(([, sql], k) => `${sql} AS p${k}`).join(', ')}`,
      }),
    ).toMatchObject({ removedFiles: 1, removedRows: 1, addedFiles: 1 })
  }
  expect(await rows(await table.snapshot())).toEqual(all)
})

test('required columns refuse NULL, and no file is left', async () => {
  const table = await create({
    columns: [...columns, { name: 'tags', type: { type: 'array', elementType: 'string', containsNull: true }, nullable: false }],
  })
  await expect(table.append({ select: "SELECT NULL::BIGINT AS id, ['x'] AS tags" })).rejects.toMatchObject({
    code: 'rows.invalid',
    facts: { column: 'id' },
  })
  await expect(table.append({ select: 'SELECT 1 AS id, NULL::VARCHAR[] AS tags' })).rejects.toMatchObject({ code: 'rows.invalid' })
  await expect(table.append({ select: "SELECT ['x'] AS tags" })).rejects.toMatchObject({ code: 'schema.mismatch', facts: { column: 'id' } })
  expect((await table.snapshot()).version).toBe(0)
  expect((await table.snapshot()).files).toEqual([])
})

test('columns that do not fit and casts that lose digits are refused by name', async () => {
  const table = await create({ columns: [...columns, { name: 'price', type: 'decimal(10,2)' }, { name: 'at', type: 'timestamp' }] })
  const write = (select: string) => table.append({ select: `SELECT 1 AS id, ${select}` })
  await expect(write('2 AS nope')).rejects.toMatchObject({ code: 'schema.mismatch', facts: { column: 'nope' } })
  await expect(write('1.5::DOUBLE AS price')).rejects.toMatchObject({ code: 'schema.mismatch', facts: { column: 'price' } })
  await expect(write('1.505 AS price')).rejects.toMatchObject({ code: 'schema.mismatch' })
  await expect(write("TIMESTAMPTZ 'infinity' AS at")).rejects.toMatchObject({ code: 'rows.invalid', facts: { column: 'at' } })
  await expect(table.append({ select: 'SELECT 1.7::DOUBLE AS id' })).rejects.toMatchObject({
    code: 'schema.mismatch',
    facts: { column: 'id' },
  })
  await expect(table.append({ select: 'SELECT 170141183460469231731687303715884105727::HUGEINT AS id' })).rejects.toMatchObject({
    code: 'query.failed',
  })
  await write("1.5 AS price, NULL AS name, TIMESTAMP '2024-01-01' AS at")
  expect(await rows(await table.snapshot(), { columns: ['price', 'at'] })).toEqual([{ price: '1.50', at: '2024-01-01 00:00:00+00' }])
  expect(dataFiles()).toHaveLength(1)
})

test('a schema evolves by nullable columns at the end, and old files read as NULL', async () => {
  const table = await create()
  await table.append({ select: 'SELECT 1 AS id' })
  await table.append({ select: "SELECT 2 AS id, 1.5::DECIMAL(4,1) AS price, ['x'] AS tags, 'u' AS name", evolve: true })
  await table.replaceBatch({ column: '_batch', value: 'b', select: 'SELECT 3 AS id, true AS ok', evolve: true })
  const snapshot = await table.snapshot()
  expect(snapshot.schema.fields.map((f) => f.name)).toEqual(['id', 'name', '_batch', 'price', 'tags', 'ok'])
  expect(await rows(snapshot, { columns: ['id', 'price', 'tags', 'ok'] })).toEqual([
    { id: '1', price: null, tags: null, ok: null },
    { id: '2', price: '1.5', tags: ['x'], ok: null },
    { id: '3', price: null, tags: null, ok: true },
  ])
  expect(await rows(await table.snapshot({ version: 1 }))).toEqual([{ id: '1', name: null, _batch: null }])
  await expect(table.append({ select: 'SELECT 1 AS id, 1::HUGEINT AS big', evolve: true })).rejects.toMatchObject({
    code: 'schema.mismatch',
    facts: { column: 'big' },
  })
  await expect(table.append({ select: 'SELECT 1 AS id, 1 AS "a b"', evolve: true })).rejects.toMatchObject({ code: 'schema.invalid' })
})

test('longs and decimals above 2^53 keep every digit in statistics and skip files correctly', async () => {
  const table = await create({
    columns: [
      { name: 'l', type: 'long' },
      { name: 'd', type: 'decimal(38,18)' },
    ],
  })
  const add = (l: string, d: string) => table.append({ select: `SELECT ${l}::BIGINT AS l, '${d}'::DECIMAL(38,18) AS d` })
  await add('9007199254740993', '12345678901234567890.123456789012345678')
  await add('9007199254740992', '12345678901234567890.123456789012345679')
  const snapshot = await table.snapshot()
  expect(snapshot.files[0]?.stats).toContain('"l":9007199254740993,"d":12345678901234567890.123456789012345678')
  const countFiles = async (where: ScanOptions['where']) =>
    ((await snapshot.scanSql({ where: where ?? [] })).match(/\.parquet'/g) ?? []).length
  expect(await countFiles([{ column: 'l', op: '=', value: 9007199254740993n }])).toBe(1)
  expect(await countFiles([{ column: 'd', op: '>', value: '12345678901234567890.123456789012345678' }])).toBe(1)
  expect(await countFiles([{ column: 'd', op: '<=', value: '1' }])).toBe(0)
  expect(
    await rows(snapshot, { columns: ['l'], where: [{ column: 'd', op: '=', value: '12345678901234567890.123456789012345679' }] }),
  ).toEqual([{ l: '9007199254740992' }])
})

test('all types come back as they were written', async () => {
  const types: [string, Column['type'], string][] = [
    ['s', 'string', "'日本''s'"],
    ['l', 'long', '-9223372036854775808'],
    ['i', 'integer', '2147483647'],
    ['sh', 'short', '-32768'],
    ['b', 'byte', '127'],
    ['d', 'double', "'NaN'::DOUBLE"],
    ['f', 'float', '0.1::FLOAT'],
    ['bo', 'boolean', 'false'],
    ['da', 'date', "DATE '1582-10-15'"],
    ['ts', 'timestamp', "TIMESTAMPTZ '1969-12-31 23:59:59.999999+00'"],
    ['bi', 'binary', "'\\xAA\\x00'::BLOB"],
    ['de', 'decimal(38,0)', "'-99999999999999999999999999999999999999'::DECIMAL(38,0)"],
    ['ar', { type: 'array', elementType: 'integer', containsNull: true }, '[1, NULL]'],
    ['ma', { type: 'map', keyType: 'string', valueType: 'double', valueContainsNull: true }, "MAP {'k': 1.5::DOUBLE}"],
    [
      'st',
      {
        type: 'struct',
        fields: [
          { name: 'x', type: 'long', nullable: true, metadata: {} },
          { name: 'y', type: 'string', nullable: true, metadata: {} },
        ],
      },
      "{'x': 1::BIGINT, 'y': NULL::VARCHAR}",
    ],
  ]
  const table = await create({ columns: types.map(([name, type]) => ({ name, type })) })
  const select = `SELECT ${types.map(([name, , sql]) => `${sql} AS ${name}`).join(', ')}`
  const expected = await queryRows(connection, select)
  for (let copies = 1; copies <= 2; copies++) {
    await table.append({ select })
    expect(await rows(await table.snapshot())).toEqual(Array.from({ length: copies }, () => expected[0]))
  }
})

test('a checkpoint every ten commits gives the same table as the commits alone', async () => {
  const table = await create({ partitionBy: ['name'] })
  for (let i = 0; i < 12; i++)
    await table.replaceBatch({
      column: '_batch',
      value: `b${i % 7}`,
      select: `SELECT ${i} AS id, 'p${i % 2}' AS name`,
      txn: { appId: `a${i}`, version: i },
    })
  const log = join(root, '_delta_log')
  expect(
    readdirSync(log)
      .filter((name) => name.includes('checkpoint'))
      .sort(),
  ).toEqual(['00000000000000000010.checkpoint.parquet', '_last_checkpoint'])
  expect(JSON.parse(readFileSync(join(log, '_last_checkpoint'), 'utf8'))).toMatchObject({ version: 10 })
  const whole = await table.snapshot()
  const fromCheckpoint = await (await openTable(root, { connection })).snapshot()
  rmSync(join(log, '00000000000000000010.checkpoint.parquet'))
  const fromCommits = await (await openTable(root, { connection })).snapshot()
  const plain = ({ files, txns, schema, version, properties, id }: Snapshot) => ({
    files: files.map(({ dataChange, ...file }) => file).sort((a, b) => a.path.localeCompare(b.path)),
    txns: [...txns].sort(),
    schema,
    version,
    properties,
    id,
  })
  expect(plain(fromCheckpoint)).toEqual(plain(fromCommits))
  expect(plain(whole)).toEqual(plain(fromCommits))
})

test('a table whose early commits were cleaned up is read from its checkpoint, and says which versions are gone', async () => {
  const table = await create({ properties: { 'delta.checkpointInterval': '3' } })
  for (let i = 1; i <= 4; i++) await table.append({ select: `SELECT ${i} AS id` })
  const saved: [string, Buffer][] = []
  for (const version of [0, 1, 2]) {
    const path = join(root, '_delta_log', `${version.toString().padStart(20, '0')}.json`)
    saved.push([path, readFileSync(path)])
    rmSync(path)
  }
  writeFileSync(join(root, '_delta_log', '_last_checkpoint'), '{"version": 999, broken')
  const again = await openTable(root, { connection })
  expect(await rows(await again.snapshot(), { columns: ['id'] })).toEqual(['1', '2', '3', '4'].map((id) => ({ id })))
  await expect(again.snapshot({ version: 1 })).rejects.toMatchObject({ code: 'version.missing' })
  await again.append({ select: 'SELECT 5 AS id' })
  const gap = join(root, '_delta_log', '00000000000000000004.json')
  saved.push([gap, readFileSync(gap)])
  rmSync(gap)
  await expect(openTable(root, { connection })).rejects.toMatchObject({ code: 'log.corrupt', facts: { version: 4 } })
  for (const [path, content] of saved) writeFileSync(path, content)
})

test('a commit that is not JSON is refused by its name', async () => {
  const table = await create()
  const path = join(root, '_delta_log', '00000000000000000001.json')
  writeFileSync(path, '{"commitInfo":{}}\n{"add":')
  await expect(table.snapshot()).rejects.toMatchObject({ code: 'log.corrupt', facts: { file: '_delta_log/00000000000000000001.json' } })
  rmSync(path)
})

test('tables with promises that this writer cannot keep are read but not written', async () => {
  for (const [property, feature] of [
    ['delta.enableRowTracking', 'rowTracking'],
    ['delta.enableIcebergCompatV2', 'icebergCompatV2'],
  ] as const) {
    await expect(create({ properties: { [property]: 'true' } })).rejects.toMatchObject({ code: 'protocol.unsupported', facts: { feature } })
  }
  await expect(create({ properties: { 'delta.constraints.positive': 'id > 0' } })).rejects.toMatchObject({
    code: 'property.invalid',
  })
  const table = await create({ properties: { 'delta.appendOnly': 'true' } })
  await table.append({ select: 'SELECT 1 AS id' })
  await expect(table.overwrite({ select: 'SELECT 1 AS id' })).rejects.toMatchObject({ facts: { feature: 'appendOnly' } })
  const log = join(root, '_delta_log', '00000000000000000002.json')
  appendFileSync(
    log,
    '{"commitInfo":{}}\n{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["vacuumProtocolCheck"],"writerFeatures":["appendOnly","invariants","vacuumProtocolCheck","rowTracking"]}}\n',
  )
  expect(await rows(await table.snapshot(), { columns: ['id'] })).toEqual([{ id: '1' }])
  await expect(table.append({ select: 'SELECT 1 AS id' })).rejects.toMatchObject({ facts: { feature: 'rowTracking' } })
})
