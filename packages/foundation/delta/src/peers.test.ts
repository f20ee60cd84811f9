import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Row } from './read/rows.ts'
import type { ScanOptions } from './read/snapshot.ts'
import type { Column } from './schema/schema.ts'
import { queryRows } from './sql.ts'
import { type CreateOptions, createTable, type DeltaTable, openTable } from './table.ts'
import { workplace } from './testing/workplace.ts'

/** Faults that users of other implementations reported in public, as small tables. */

const { connection, folder } = await workplace()
let tables = 0
const create = (columns: readonly Column[], more: Partial<CreateOptions> = {}) =>
  createTable(join(folder, `t${tables++}`), { connection, columns, ...more })
const rowsOf = async (table: DeltaTable, scan: ScanOptions = {}) => await Array.fromAsync((await table.snapshot()).rows(scan))
const id: Column = { name: 'id', type: 'long' }
const feed = { 'delta.enableChangeDataFeed': 'true' }

test('statistics of instants end at the millisecond, and a scan finds the microseconds behind it, also after a checkpoint', async () => {
  const table = await create([
    { name: 'at', type: 'timestamp' },
    { name: 'local', type: 'timestamp_ntz' },
  ])
  await table.append({ rows: [{ at: '2026-01-01T00:00:00.123456Z', local: '2026-01-01T00:00:00.123456' }] })
  const [file] = (await table.snapshot()).files
  expect(JSON.parse(file?.stats ?? '{}')).toMatchObject({
    maxValues: { at: '2026-01-01T00:00:00.123Z', local: '2026-01-01T00:00:00.123' },
  })
  await table.checkpoint()
  const again = await openTable(table.root, { connection })
  expect(await rowsOf(again, { where: [{ column: 'at', op: '=', value: '2026-01-01T00:00:00.123456Z' }] })).toHaveLength(1)
  expect(await rowsOf(again, { where: [{ column: 'local', op: '>', value: '2026-01-01T00:00:00.123455' }] })).toHaveLength(1)
})

test('partition values keep the scale of decimals, the sign of zero, and the instant', async () => {
  const columns: Column[] = [
    id,
    { name: 'price', type: 'decimal(38,18)' },
    { name: 'ok', type: 'boolean' },
    { name: 'at', type: 'timestamp' },
    { name: 'ratio', type: 'double' },
  ]
  const table = await create(columns, { partitionBy: ['price', 'ok', 'at', 'ratio'] })
  const rows: Row[] = [
    { id: 1n, price: '1.500000000000000000', ok: true, at: '2026-01-01T00:00:00.000001Z', ratio: 0.1 },
    { id: 2n, price: '12345678901234567890.500000000000000000', ok: false, at: '1850-01-01T00:00:00.000000Z', ratio: -0 },
  ]
  await table.append({ rows })
  expect((await rowsOf(table)).toSorted((a, b) => Number((a.id as bigint) - (b.id as bigint)))).toEqual(rows)
  expect((await table.snapshot()).files.map(({ partitionValues }) => partitionValues)).toContainEqual({
    price: '1.500000000000000000',
    ok: 'true',
    at: '2026-01-01T00:00:00.000001Z',
    ratio: '0.1',
  })
})

test('a column without statistics is never a reason to skip a file, before a checkpoint and after it', async () => {
  const table = await create([id, { name: 'n', type: 'long' }], {
    properties: { 'delta.dataSkippingStatsColumns': 'n', 'delta.checkpoint.writeStatsAsStruct': 'true' },
  })
  await table.append({ rows: [{ id: 1, n: 1 }] })
  await table.checkpoint()
  await table.append({ rows: [{ id: 2, n: 2 }] })
  const again = await openTable(table.root, { connection })
  expect(await rowsOf(again, { where: [{ column: 'id', op: '>=', value: 1 }] })).toHaveLength(2)
  expect(await rowsOf(again, { where: [{ column: 'id', op: 'is not null' }] })).toHaveLength(2)
})

test('names with dots and quotes in the list of columns with statistics', async () => {
  const table = await create([id, { name: 'z.z', type: 'long' }], { properties: { 'delta.dataSkippingStatsColumns': '`id`,`z.z`' } })
  await table.append({ rows: [{ id: 1, 'z.z': 3 }] })
  expect(JSON.parse((await table.snapshot()).files[0]?.stats ?? '{}')).toMatchObject({ minValues: { id: 1, 'z.z': 3 } })
})

test('a condition that compares a column with a constant of another type skips no file that it should read', async () => {
  const table = await create([{ name: 'n', type: 'integer' }])
  await table.append({ select: 'SELECT range::INTEGER AS n FROM range(4)' })
  for (const [where, rows] of [
    ['n > 1.5', 2],
    ['n >= 2.5', 1],
    ['n < 2147483648', 4],
    ['n >= -3000000000', 4],
    ['n = 1.0', 1],
    ['n <= 1e10::DOUBLE', 4],
    ["n::VARCHAR = '3'", 1],
  ] as const)
    expect((await table.update({ set: { n: 'n' }, where })).updatedRows, where).toBe(rows)
})

test('infinite and undefined numbers are found, and are not bounds', async () => {
  const table = await create([{ name: 'x', type: 'double' }])
  await table.append({ rows: [{ x: Number.POSITIVE_INFINITY }, { x: Number.NEGATIVE_INFINITY }, { x: 1 }] })
  await table.append({ rows: [{ x: Number.NaN }] })
  expect(await rowsOf(table, { where: [{ column: 'x', op: '=', value: 'Infinity' }] })).toEqual([{ x: Number.POSITIVE_INFINITY }])
  expect(await rowsOf(table, { where: [{ column: 'x', op: '=', value: 'NaN' }] })).toEqual([{ x: Number.NaN }])
})

test('a vacuum after a checkpoint finds all files that no version needs', async () => {
  const table = await create([id])
  for (let n = 0; n < 12; n++) await table.append({ rows: [{ id: n }] })
  await table.optimize()
  await table.checkpoint()
  await table.append({ rows: [{ id: 12 }] })
  await table.vacuum({ retentionHours: 0, allowShortRetention: true })
  expect(readdirSync(table.root).filter((name) => name.endsWith('.parquet'))).toHaveLength(2)
  expect(await rowsOf(table)).toHaveLength(13)
})

test('a cleanup without any retention keeps the newest checkpoint and what comes after it', async () => {
  const table = await create([id], { properties: { 'delta.logRetentionDuration': 'interval 0 seconds' } })
  for (let n = 0; n < 12; n++) await table.append({ rows: [{ id: n }] })
  const nowMs = (await table.snapshot()).timestampMs + 3 * 86_400_000
  const later = await openTable(table.root, { connection, now: () => nowMs })
  expect(await later.cleanupLog()).toMatchObject({ oldestVersion: 10 })
  expect(await rowsOf(await openTable(table.root, { connection }))).toHaveLength(12)
})

test('a merge of a table with itself reads one state of it', async () => {
  const table = await create([id, { name: 'v', type: 'string' }])
  await table.append({ select: "SELECT range AS id, 'v' || range AS v FROM range(4)" })
  await table.merge({
    source: `SELECT * FROM (${await (await table.snapshot()).scanSql()}) WHERE id < 3`,
    on: 'target.id = source.id',
    matched: [{ when: 'source.id = 1', delete: true }, { update: { v: "source.v || '!'" } }],
  })
  const rows = await queryRows(connection, `SELECT v FROM (${await (await table.snapshot()).scanSql()}) ORDER BY id`)
  expect(rows.map(({ v }) => v)).toEqual(['v0!', 'v2!', 'v3'])
})

test('an overwrite is in the change data feed, and a merge that changes nothing makes no version', async () => {
  const table = await create([id], { properties: feed })
  await table.append({ rows: [{ id: 1 }] })
  await table.overwrite({ rows: [{ id: 2 }] })
  const changes = await queryRows(connection, await table.changes({ from: 2 }))
  expect(new Set(changes.map((row) => `${row._change_type} ${row.id}`))).toEqual(new Set(['delete 1', 'insert 2']))
  const merged = await table.merge({
    source: [{ id: 2 }],
    on: 'target.id = source.id',
    matched: [{ when: 'target.id > 5', update: 'all' }],
  })
  expect(merged).toMatchObject({ version: 2, updatedRows: 0 })
})

test('a deletion vector on top of another one, across the borders of its bitmaps', async () => {
  const table = await create([id], { properties: { 'delta.enableDeletionVectors': 'true' } })
  await table.append({ select: 'SELECT range AS id FROM range(70000)' })
  for (const where of ['id % 3 = 0', 'id >= 65535', 'id = 1']) await table.delete({ where })
  const left = Array.from({ length: 70_000 }, (_, n) => n).filter((n) => n % 3 !== 0 && n < 65_535 && n !== 1).length
  expect((await table.snapshot()).numRecords).toBe(left)
  expect(await rowsOf(table)).toHaveLength(left)
})
