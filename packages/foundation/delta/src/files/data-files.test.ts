import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Field } from '../schema/schema.ts'
import { queryRows } from '../sql.ts'
import { localStore } from '../store/local.ts'
import { workplace } from '../testing/workplace.ts'
import { writeDataFiles } from './data-files.ts'
import { openFilesOf } from './open-files.ts'

const { connection } = await workplace()
// With this setting a few rows are flushed as often as millions are by default.
await connection.run('SET partitioned_write_flush_threshold = 2048')
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'delta-files-'))
})
afterEach(() => {
  rmSync(root, { recursive: true })
})

const fields: readonly Field[] = ['part', 'i'].map((name) => ({ name, type: 'long', nullable: true, metadata: {} }))

const write = (select: string, openFiles?: number, store = localStore(root)) =>
  writeDataFiles(
    connection,
    store,
    {
      select,
      expressions: fields.map((field) => ({ field, sql: field.name })),
      schema: { type: 'struct', fields },
      partitionColumns: ['part'],
      properties: {},
      nowMs: 0,
    },
    openFiles,
  )

const interleaved = (partitions: number, rows: number) => `SELECT i % ${partitions} AS part, i FROM range(${rows}) t(i)`
const openFilesNow = async () =>
  (await queryRows(connection, "SELECT current_setting('partitioned_write_max_open_files') AS files"))[0]?.files
const onDisk = () => readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.parquet')).length

test('interleaved rows of 300 partitions give one file for each partition', async () => {
  const written = await write(interleaved(300, 30_000))
  expect(written).toMatchObject({ rows: 30_000 })
  expect(written.files).toHaveLength(300)
  expect(onDisk()).toBe(300)
})

test('with more interleaved partitions than open files there is still one file for each partition', async () => {
  const written = await write(interleaved(20, 30_000), 4)
  expect(written).toMatchObject({ rows: 30_000 })
  expect(written.files.map((file) => Number(file.partitionValues.part)).sort((a, b) => a - b)).toEqual([...Array(20).keys()])
  expect(onDisk()).toBe(20)
})

test('thousands of partitions are written in slices: one file and exactly the rows of each, also of NULL', async () => {
  const written = await write('SELECT nullif(i % 2300, 7) AS part, i FROM range(11500) t(i)')
  expect(written).toMatchObject({ rows: 11_500 })
  expect(written.files).toHaveLength(2_300)
  expect(written.files.filter((file) => file.partitionValues.part === null)).toHaveLength(1)
  expect(written.files.every((file) => JSON.parse(file.stats ?? '').numRecords === 5)).toBe(true)
  const [row] = await queryRows(
    connection,
    `SELECT count(*) AS n, count(DISTINCT i) AS distinct_i, count(*) FILTER (part IS DISTINCT FROM nullif(i % 2300, 7)) AS misplaced
     FROM read_parquet('${root}/**/*.parquet', hive_partitioning = true, hive_types = {part: BIGINT})`,
  )
  expect(row).toEqual({ n: '11500', distinct_i: '11500', misplaced: '0' })
}, 120_000)

test('a failure in a later slice leaves no file of the slices before', async () => {
  const select = `SELECT i AS part, i AS i FROM range(1200) t(i)`
  const store = localStore(root)
  let persisted = 0
  const failing = {
    ...store,
    persist: async (paths: readonly string[]) => (++persisted === 3 ? Promise.reject(new Error('the disk is gone')) : store.persist(paths)),
  }
  await expect(write(select, undefined, failing)).rejects.toThrow('the disk is gone')
  expect(onDisk()).toBe(0)
})

test("the connection's own limit of open files is restored after a write, a failed write and several concurrent writes", async () => {
  const before = await openFilesNow()
  await connection.run('SET partitioned_write_max_open_files = 123')
  await write(interleaved(3, 10))
  expect(await openFilesNow()).toBe('123')
  await expect(
    write("SELECT i % 3 AS part, CASE WHEN i = 9 THEN error('broken') ELSE i END AS i FROM range(10) t(i)"),
  ).rejects.toMatchObject({
    code: 'query.failed',
  })
  expect(await openFilesNow()).toBe('123')
  const several = await Promise.all([write(interleaved(150, 5_000)), write(interleaved(200, 5_000)), write(interleaved(2, 10))])
  expect(several.map(({ files }) => files.length)).toEqual([150, 200, 2])
  expect(await openFilesNow()).toBe('123')
  await connection.run(`SET partitioned_write_max_open_files = ${before}`)
})

test.each([
  [undefined, 100],
  ['Max open files            1024                 524288               files', 256],
  ['Max open files            256                  256                  files', 100],
  [
    'Max cpu time              unlimited            unlimited            seconds\nMax open files            unlimited            unlimited            files',
    2000,
  ],
  ['Max open files            1048576              1048576              files', 2000],
])('of the limits %j a COPY may use %d open files', (limits, files) => {
  expect(openFilesOf(limits)).toBe(files)
})

const unpartitioned = (properties: Readonly<Record<string, string>>, select: string, constraint: Readonly<Record<string, string>> = {}) =>
  writeDataFiles(connection, localStore(root), {
    select,
    expressions: fields.map((field) => ({ sql: field.name })),
    schema: { type: 'struct', fields },
    partitionColumns: [],
    properties: { ...properties, ...constraint },
    nowMs: 0,
  })

test('an unpartitioned write starts a new file at the target size, with the codec of the table', async () => {
  const select = 'SELECT hash(i) >> 1 AS part, hash(i * 2) >> 1 AS i FROM range(1000000) t(i)'
  const written = await unpartitioned({ 'delta.targetFileSize': '4mb', 'delta.parquet.compression.codec': 'snappy' }, select)
  expect(written.files.length).toBeGreaterThan(2)
  expect(written.rows).toBe(1_000_000)
  expect(onDisk()).toBe(written.files.length)
  const [codec] = await queryRows(connection, `SELECT DISTINCT compression FROM parquet_metadata('${root}/*.parquet')`)
  expect(codec).toEqual({ compression: 'SNAPPY' })
  await expect(unpartitioned({ 'delta.parquet.compression.codec': 'zip' }, select)).rejects.toMatchObject({ code: 'property.invalid' })
})

test('a row that violates a constraint late leaves no file of its write', async () => {
  const select = 'SELECT i AS part, hash(i) >> 1 AS i FROM range(1000000) t(i)'
  const properties = { 'delta.targetFileSize': '1mb' }
  await expect(unpartitioned(properties, select, { 'delta.constraints.small': 'part < 999000' })).rejects.toMatchObject({
    code: 'rows.invalid',
    facts: { constraint: 'small', row: expect.stringMatching(/^\{"part":999\d{3}\}/) },
  })
  expect(onDisk()).toBe(0)
})

test('a random query runs once, even when every partition has a COPY of its own', async () => {
  const select = `SELECT repeat('x', 300) || (random() * 3)::INTEGER AS part, i FROM range(1000) t(i)`
  const texts = fields.map((field) => (field.name === 'part' ? { ...field, type: 'string' as const } : field))
  const expressions = fields.map((field) => ({ sql: field.name }))
  const request = {
    select,
    expressions,
    schema: { type: 'struct', fields: texts },
    partitionColumns: ['part'],
    properties: {},
    nowMs: 0,
  } as const
  const written = await writeDataFiles(connection, localStore(root), request)
  expect([written.files.length, written.rows]).toEqual([4, 1000])
  const [row] = await queryRows(connection, `SELECT count(DISTINCT i) AS n FROM read_parquet('${root}/**/*.parquet')`)
  expect(row).toEqual({ n: '1000' })
})
