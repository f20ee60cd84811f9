import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { bigint, type Columns, text } from '@sluice/author'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { type Bucket, memoryBucket, type StageOptions } from '@sluice/delta'
import { type DuckDB, openDuckDB } from '@sluice/duckdb'
import { processMark } from '@sluice/process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lake, openLake } from '../index.ts'
import { firstTick, pagesOf, writeRows, writeTo } from '../testing/index.ts'
import { bucketStorage } from './bucket.ts'

let folder: string
let duck: DuckDB
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice machines '))
  duck = await openDuckDB({ threads: 1 })
})
afterAll(() => {
  duck.close()
  rmSync(folder, { recursive: true, force: true })
})

let machines = 0
/** Another machine, with an empty stage. */
const machineOn = (bucket: Bucket, room: Omit<StageOptions, 'folder'> = {}): Lake =>
  openLake({
    storage: bucketStorage(bucket, { stage: { folder: join(folder, `machine ${++machines}`), ...room } }),
    project: 'demo',
    duckdb: async () => duck,
  })
const columns = { id: bigint(), word: text() } satisfies Columns
const commit = (lake: Lake, tick: number) =>
  writeRows(lake, {
    write: writeTo('silver.rows', { tick }),
    columns,
    select: `SELECT range::BIGINT AS id, 'w${tick}' AS word FROM range(10)`,
    count: 10,
  })
async function ask(lake: Lake, sql: string) {
  const rows = []
  for await (const chunk of lake.sql(sql)) rows.push(...chunk)
  return rows
}

test('what one machine lands, commits and exports another reads, verifies, answers replays from, and restores', async () => {
  const bucket = memoryBucket()
  const ours = machineOn(bucket)
  const landed = await ours.land(writeTo('bronze.pages'), pagesOf('{"n":1}', '{"n":2}'))
  const committed = await commit(ours, firstTick)
  const exported = await ours.export(writeTo('gold.rows'), { from: { dataset: 'silver.rows' }, format: 'csv' })
  const theirs = machineOn(bucket)
  expect(await ask(theirs, 'SELECT payload FROM bronze.pages ORDER BY page')).toEqual([{ payload: '{"n":1}' }, { payload: '{"n":2}' }])
  expect(await ask(theirs, 'SELECT count(*) AS n FROM silver.rows JOIN gold.rows USING (id)')).toEqual([{ n: 10 }])
  expect(await theirs.verify('gold.rows')).toMatchObject([{ rows: 10, problems: [] }])
  expect(await theirs.land(writeTo('bronze.pages'), pagesOf())).toEqual({ ...landed, replayed: true })
  expect(await commit(theirs, firstTick)).toEqual({ ...committed, replayed: true })
  expect(await theirs.export(writeTo('gold.rows'), { from: { dataset: 'silver.rows' }, format: 'csv' })).toEqual({
    ...exported,
    replayed: true,
  })
  expect(await theirs.tables()).toEqual(await ours.tables())
  expect(await theirs.restoreExport('gold.rows', { into: 'silver.back' })).toMatchObject({ rows: 10 })
  expect(await ask(machineOn(bucket), 'FROM silver.back EXCEPT FROM silver.rows')).toEqual([])
})

test('machines that write at once: one file a batch, every commit, one export a generation', async () => {
  const bucket = memoryBucket()
  const lakes = [machineOn(bucket), machineOn(bucket), machineOn(bucket)]
  const landed = await Promise.all(lakes.map((lake, n) => lake.land(writeTo('bronze.pages'), pagesOf(`{"n":${n}}`))))
  expect(landed.filter(({ replayed }) => !replayed)).toHaveLength(1)
  expect(await ask(machineOn(bucket), 'SELECT payload FROM bronze.pages')).toHaveLength(1)
  await commit(lakes[0] ?? machineOn(bucket), 0)
  await Promise.all(lakes.map((lake, n) => commit(lake, firstTick + n)))
  expect(await ask(machineOn(bucket), 'SELECT count(*) AS n FROM silver.rows')).toEqual([{ n: 40 }])
  const exported = await Promise.all(lakes.map((lake) => lake.export(writeTo('gold.rows'), { from: { dataset: 'silver.rows' } })))
  expect(exported.filter(({ replayed }) => !replayed)).toHaveLength(1)
  const extensions = (await bucket.list('demo/gold/', false)).map(({ key }) => key.replace(/^.*\./, ''))
  expect(new Set(extensions)).toEqual(new Set(['json', 'parquet']))
  expect(extensions).toHaveLength(2)
})

test('bodies that were refused are kept in the bucket, under the name the error gives', async () => {
  const bucket = memoryBucket()
  async function* failing() {
    yield* pagesOf('{"n":1}')
    throw new Error('gone')
  }
  const name = `demo/bronze/_rejected/pages/20261121T033000000Z-${writeTo('bronze.pages').batch}-a1.ndjson`
  await expect(machineOn(bucket).land(writeTo('bronze.pages'), failing())).rejects.toMatchObject({ facts: { rejected: `memory:${name}` } })
  expect(new TextDecoder().decode(await bucket.get(name))).toContain('{\\"n\\":1}')
})

test('what an open connection reads stays in a stage that has no room', async () => {
  const bucket = memoryBucket()
  const writer = machineOn(bucket)
  for (const tick of [1, 2, 3]) await commit(writer, tick)
  const reader = machineOn(bucket, { limitBytes: 0, keepMs: 0 })
  const connection = await reader.connect()
  const scan = await reader.scan(connection, 'silver.rows')
  const copies = (): number => readdirSync(reader.storage.at('demo/silver/rows').root).filter((name) => name.endsWith('.parquet')).length
  await reader.storage.at('demo/silver/rows').fetch([])
  expect(copies()).toBe(3)
  await expect(connection.value(`SELECT count(*) FROM (${scan})`)).resolves.toBe(30)
  connection.close()
  await reader.storage.at('demo/silver/rows').fetch([])
  expect(copies()).toBe(0)
})

test('tables and receipts of bronze are told by the ends of the files, however long a footer is', async () => {
  const bucket = memoryBucket()
  const writer = machineOn(bucket)
  const inputs = Array.from({ length: 5_000 }, (_, n) => ({ dataset: `demo:lake.bronze.input_${n}`, batch: 'b', version: String(n) }))
  const noise = Buffer.from(seeded(seedOfRun()).bytes(3_000_000)).toString('base64')
  const receipts = [
    await writer.land(writeTo('bronze.pages'), pagesOf(noise)),
    await writer.land({ ...writeTo('bronze.pages', { tick: firstTick + 1 }), inputs }, pagesOf('{}', '{}')),
  ]
  let read = 0
  const counting: Bucket = {
    ...bucket,
    get: async (key, range) => {
      const bytes = await bucket.get(key, range)
      read += bytes?.length ?? 0
      return bytes
    },
  }
  const reader = machineOn(counting)
  expect(await reader.tables()).toMatchObject([{ rows: 3, files: 2 }])
  expect(await reader.receipts('bronze.pages')).toEqual(receipts.map((receipt) => ({ ...receipt, replayed: true })))
  expect(read).toBeGreaterThan(2 * 64 * 1024)
  expect(read).toBeLessThan(1_500_000)
  expect(readdirSync(reader.storage.scratch('demo/bronze'))).toEqual([])
})

test('the stage of a process that is no more goes, that of one that runs stays', () => {
  const left = join(folder, 'left')
  const stage = join(left, hostname())
  const gone = spawnSync(process.execPath, ['-e', '']).pid
  const id = '00000000-0000-0000-0000-000000000000'
  const marks = [`${gone}.1`, `${process.pid}.1`, `${process.ppid}.${processMark(process.ppid)}`]
  for (const mark of marks) {
    mkdirSync(join(stage, `${mark}-${id}`), { recursive: true })
    writeFileSync(join(stage, `${mark}-${id}`, 'x'), '')
  }
  bucketStorage(memoryBucket(), { stage: { folder: left } }).at('demo/bronze')
  expect(marks.map((mark) => existsSync(join(stage, `${mark}-${id}`)))).toEqual([false, process.platform !== 'linux', true])
})

test('a bucket that ignores conditions is found out by the first landing', async () => {
  const bucket = memoryBucket()
  const careless: Bucket = {
    ...bucket,
    create: async (key, body) => {
      await bucket.put(key, body)
      return 'created'
    },
  }
  await expect(machineOn(careless).land(writeTo('bronze.pages'), pagesOf('{}'))).rejects.toMatchObject({ code: 'delta.failed' })
})
