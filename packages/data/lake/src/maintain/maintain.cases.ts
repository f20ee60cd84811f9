import { bigint, type Columns, date, type LakePolicy, text, timestamp } from '@sluice/author'
import type { InputVersion } from '@sluice/core'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { createTable, openTable } from '@sluice/delta'
import { type DuckDB, openDuckDB } from '@sluice/duckdb'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Lake, type LakeStorage, openLake } from '../index.ts'
import { firstTick, onLocalDisk, pagesOf, temporaryLake, writeRows, writeTo } from '../testing/index.ts'

let at: Awaited<ReturnType<typeof temporaryLake>>
let clock = firstTick
beforeEach(async () => {
  at = await temporaryLake()
  clock = firstTick
})
afterEach(() => at.close())

const day = 86_400_000
const columns = { id: bigint(), day: date(), word: text(), seen_at: timestamp() } satisfies Columns
const lakeWith = (policy: LakePolicy, onTrouble: (error: unknown) => void = fail): Lake =>
  openLake({ storage: at.lake.storage, project: 'demo', duckdb: async () => at.duck, now: () => clock, policy, onTrouble })
function fail(error: unknown): never {
  throw error
}

const commit = (lake: Lake, tick: number, inputs: readonly InputVersion[] = [], generation = 0) =>
  writeRows(lake, {
    write: { ...writeTo('silver.rows', { tick, generation }), inputs },
    columns,
    partitionBy: ['day'],
    select: `SELECT ${tick} + i AS id, DATE '2026-11-20' + (i % 3)::INTEGER AS day, 'w' || i AS word,
      make_timestamptz((${tick}::BIGINT - i * ${day}) * 1000) AS seen_at FROM range(6) t(i)`,
    count: 6,
  })
const dataFiles = async () => (await at.files.walk('silver/rows')).map(({ path }) => path).filter((path) => path.endsWith('.parquet'))
const rowsOf = async (lake: Lake, sql: string) => {
  const rows = []
  for await (const chunk of lake.sql(sql)) rows.push(...chunk)
  return rows
}

test('commits write small files together by themselves, and what is read is the same as without', async () => {
  const tidy = lakeWith({ silver: { smallFiles: { files: 3 } } })
  const plain = openLake({
    storage: at.beside(),
    project: 'demo',
    duckdb: async () => at.duck,
    policy: { silver: { smallFiles: false } },
  })
  const receipts = []
  for (let batch = 0; batch < 9; batch++) {
    receipts.push(await commit(tidy, firstTick + batch))
    await commit(plain, firstTick + batch)
  }
  const all = 'SELECT * FROM silver.rows ORDER BY ALL'
  expect(await rowsOf(tidy, all)).toEqual(await rowsOf(plain, all))
  const files = async (lake: Lake) => (await lake.tables())[0]?.files ?? 0
  expect(await files(tidy)).toBeLessThanOrEqual(9)
  expect(await files(plain)).toBe(27)
  expect((await tidy.history('silver.rows')).filter(({ operation }) => operation === 'OPTIMIZE').length).toBeGreaterThan(0)
  expect(await commit(tidy, firstTick)).toEqual({ ...receipts[0], replayed: true })
  expect(await tidy.receipts('silver.rows')).toHaveLength(9)
})

test.runIf(onLocalDisk())('maintenance that fails is told and does not fail the commit', async () => {
  const troubles: unknown[] = []
  const lake = lakeWith({ silver: { smallFiles: { files: 0 } } }, (error) => troubles.push(error))
  await commit(lake, firstTick)
  const lost = new Map<string, Uint8Array>()
  for (const path of await dataFiles()) {
    lost.set(path, (await at.files.readBytes(path)) ?? new Uint8Array())
    await at.files.delete(path)
  }
  expect(await commit(lake, firstTick + 1)).toMatchObject({ status: 'written', rowsWritten: 6 })
  expect(troubles).toHaveLength(1)
  for (const [path, bytes] of lost) await at.put(path, bytes)
})

test('a vacuum comes once a day with a commit, and keeps what time travel may ask for', async () => {
  const lake = lakeWith({ silver: { smallFiles: { files: 3 } } })
  for (let batch = 0; batch < 6; batch++) await commit(lake, firstTick + batch)
  const before = (await dataFiles()).length
  clock = Date.now() + 8 * day
  await commit(lake, firstTick + 6)
  expect((await dataFiles()).length).toBeLessThan(before)
  expect(await rowsOf(lake, 'SELECT count(*) AS n FROM silver.rows')).toEqual([{ n: 42 }])
})

test('optimize, vacuum and restore of a table by name', async () => {
  const lake = lakeWith({ silver: { smallFiles: false } })
  for (let batch = 0; batch < 4; batch++) await commit(lake, firstTick + batch)
  const where = [{ column: 'day', op: '=' as const, value: '2026-11-20' }]
  expect(await lake.optimize('silver.rows', { where })).toMatchObject({ filesRemoved: 4, filesAdded: 1, partitions: 1 })
  expect(await lake.vacuum('silver.rows', { dryRun: true, retentionHours: 0, allowShortRetention: true })).toMatchObject({
    dryRun: true,
    deleted: { length: 4 },
  })
  await expect(lake.vacuum('silver.rows', { retentionHours: 1 })).rejects.toMatchObject({ code: 'delta.failed' })
  expect(await lake.restore('silver.rows', { version: 2 })).toMatchObject({ version: 6 })
  expect(await rowsOf(lake, 'SELECT count(*) AS n FROM silver.rows')).toEqual([{ n: 12 }])
  await expect(lake.optimize('bronze.pages')).rejects.toMatchObject({ code: 'lake.dataset_unknown' })
})

test('retention takes bronze files that something was made of, by logical time; receipts and replays stay as they were', async () => {
  const lake = lakeWith({ bronze: { keep: '7d' }, silver: { keep: '3d', column: 'seen_at' }, gold: { exports: 1 } })
  const [old, waiting, fresh] = [
    writeTo('bronze.pages', { tick: firstTick - 10 * day }),
    writeTo('bronze.pages', { tick: firstTick - 9 * day }),
    writeTo('bronze.pages'),
  ]
  const landed = []
  for (const write of [old, waiting, fresh]) landed.push(await lake.land(write, pagesOf('{}')))
  const inputs = landed.flatMap(({ dataset, batch, version }, index) => (index === 1 ? [] : [{ dataset, batch, version }]))
  await commit(lake, firstTick, inputs)
  for (const tick of [firstTick, firstTick + 1])
    await lake.export(writeTo('gold.rows', { tick }), { from: { dataset: 'silver.rows' }, format: 'csv' })
  const before = await lake.receipts()

  const dry = await lake.retain({ now: firstTick, dryRun: true })
  expect(dry.steps.map(({ kind }) => kind)).toEqual(['bronze', 'rows', 'export'])
  expect(dry.needed).toEqual([expect.stringContaining(waiting.batch)])
  expect(await lake.receipts()).toEqual(before)

  const done = await lake.retain({ now: firstTick })
  expect(done).toMatchObject({ steps: dry.steps, rows: 2, dryRun: false })
  expect((await lake.retain({ now: firstTick })).rows).toBe(0)
  expect((await lake.tables()).map(({ dataset, rows }) => [dataset, rows])).toEqual([
    ['demo:lake.bronze.pages', 2],
    ['demo:lake.silver.rows', 4],
    ['demo:lake.gold.rows', 6],
  ])
  const order = (receipts: readonly { version: string }[]) => [...receipts].sort((a, b) => (a.version < b.version ? -1 : 1))
  expect(order(await lake.receipts())).toEqual(order(before))
  const asked = await lake.land(old, neverAsked())
  expect(asked).toEqual({ ...landed[0], replayed: true })
  expect(await lake.export(writeTo('gold.rows'), { from: { dataset: 'silver.rows' } })).toMatchObject({ replayed: true, rowsWritten: 6 })
  expect(await lake.verify('gold.rows')).toMatchObject([
    { expired: true, problems: [] },
    { expired: false, problems: [] },
  ])
  expect(await at.files.list('bronze/pages/_receipts')).toHaveLength(1)
})

test('a bronze file whose receipt cannot be kept stays, and answers for its batch', async () => {
  const { storage } = at.lake
  const full: LakeStorage = {
    ...storage,
    at: (path) => ({ ...storage.at(path), putIfAbsent: () => Promise.reject(new Error('no space is left')) }),
  }
  const lake = openLake({ storage: full, project: 'demo', duckdb: async () => at.duck, policy: { bronze: { keep: '7d' } } })
  const write = writeTo('bronze.pages', { tick: firstTick - 10 * day })
  const landed = await at.lake.land(write, pagesOf('{}'))
  await expect(lake.retain({ now: firstTick, consumed: [landed.batch] })).rejects.toThrow('no space is left')
  expect(await at.lake.land(write, neverAsked())).toEqual({ ...landed, replayed: true })
})

test.each(['made by the lake', 'made before by somebody else'])('a table %s gives its receipts to no log cleanup', async (by) => {
  if (by !== 'made by the lake') {
    const connection = await at.lake.connect()
    const made = [...Object.entries({ id: 'long', day: 'date', word: 'string', seen_at: 'timestamp', _batch: 'string' } as const)]
    await createTable(at.lake.storage.at('demo/silver/rows'), {
      connection: connection.raw,
      columns: made.map(([name, type]) => ({ name, type })),
      partitionBy: ['day'],
    })
    connection.close()
  }
  await commit(lakeWith({}), firstTick)
  const duck: DuckDB = await openDuckDB({ threads: 1 })
  const connection = await duck.connect()
  const table = await openTable(at.lake.storage.at('demo/silver/rows'), { connection: connection.raw })
  expect((await table.snapshot()).properties).toMatchObject({ 'delta.enableExpiredLogCleanup': 'false' })
  duck.close()
})

function neverAsked(): AsyncIterable<never> {
  return {
    [Symbol.asyncIterator]: () => {
      throw new Error('the source was asked again')
    },
  }
}

test('random commits, repeated and replaced batches read the same with and without maintenance between them', async () => {
  const seed = seedOfRun()
  const random = seeded(seed)
  const tidy = lakeWith({ silver: { smallFiles: { files: 1 + random.integer(3), deletedShare: 0.01 } } })
  const plain = openLake({
    storage: at.beside(),
    project: 'demo',
    duckdb: async () => at.duck,
    policy: { silver: { smallFiles: false } },
  })
  const generations = new Map<number, number>()
  for (let step = 0; step < 20; step++) {
    const tick = firstTick + random.integer(8)
    const generation = (generations.get(tick) ?? 0) + random.integer(2)
    generations.set(tick, generation)
    const tidied = await commit(tidy, tick, [], generation)
    expect(tidied.replayed, `SLUICE_SEED=${seed}`).toBe((await commit(plain, tick, [], generation)).replayed)
    if (random.integer(5) === 0) await tidy.optimize('silver.rows', random.integer(2) === 0 ? {} : { clusterBy: ['id'] })
  }
  const all = 'SELECT * FROM silver.rows ORDER BY ALL'
  expect(await rowsOf(tidy, all), `SLUICE_SEED=${seed}`).toEqual(await rowsOf(plain, all))
  const counted = async (lake: Lake) =>
    (await lake.receipts('silver.rows')).map(({ batch, generation, rowsWritten }) => [batch, generation, rowsWritten])
  expect(await counted(tidy), `SLUICE_SEED=${seed}`).toEqual(await counted(plain))
})
