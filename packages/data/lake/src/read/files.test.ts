import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { integer } from '@sluice/author'
import type { BatchWrite } from '@sluice/core'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { memoryBucket } from '@sluice/delta'
import { type DuckDB, openDuckDB } from '@sluice/duckdb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bucketStorage, type HeldFile, type Lake, type LakeStorage, openLake } from '../index.ts'
import { firstTick, writeTo } from '../testing/index.ts'

let folder: string
let duck: DuckDB
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice files '))
  duck = await openDuckDB({ threads: 1 })
})
afterAll(() => {
  duck.close()
  rmSync(folder, { recursive: true, force: true })
})

const troubles: unknown[] = []
const lakeIn = (root: string | LakeStorage): Lake =>
  openLake({ storage: root, project: 'demo', duckdb: async () => duck, now: () => firstTick, onTrouble: (error) => troubles.push(error) })

interface Pulled {
  readonly path: string
  readonly generation: number
  readonly source?: string
}

const writeOf = ({ path, generation, source = 'orders' }: Pulled): BatchWrite => ({
  ...writeTo('silver.rows', { generation }),
  batch: `${source} ${path}`,
  file: { source, path, bytes: 2 ** 40 + generation, modified: firstTick, hash: `hash of ${path} ${generation}` },
})

async function pull(lake: Lake, files: readonly Pulled[], gone?: string): Promise<void> {
  using batches = await lake.batches('silver.rows', files.map(writeOf))
  if (gone !== undefined) return void (await batches.remove(gone))
  const { refused } = await batches.finish({
    columns: { id: integer() },
    judge: async () => ({
      good: `SELECT NULL::INTEGER AS id, '' AS _batch WHERE false`,
      broken: `SELECT '' AS batch, 0 AS row_number, '' AS rule, '' AS place, '' AS cells WHERE false`,
      messages: {},
      counts: new Map(),
    }),
  })
  if (refused.size > 0) throw new Error('refused')
}

async function held(lake: Lake, source = 'orders'): Promise<readonly HeldFile[]> {
  const files: HeldFile[] = []
  for await (const some of lake.filesOf('silver.rows', source)) files.push(...some)
  return files
}

/** What the receipts tell, read one by one. */
async function told(lake: Lake, source = 'orders'): Promise<readonly unknown[]> {
  const newest = new Map<string, unknown>()
  for (const { file, batch, generation, reason } of await lake.receipts('silver.rows'))
    if (file?.source === source)
      newest.set(file.path, { path: file.path, hash: file.hash, bytes: file.bytes, batch, generation, gone: reason !== null })
  const order = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))
  return [...newest].sort(([a], [b]) => order(a, b)).map(([, file]) => file)
}

const facts = (files: readonly HeldFile[]): readonly unknown[] =>
  files.map(({ path, hash, bytes, batch, generation, gone }) => ({ path, hash, bytes, batch, generation, gone }))

const many = (count: number, generation = 0): readonly Pulled[] =>
  Array.from({ length: count }, (_, n) => ({ path: `2026/${String(n).padStart(5, '0')}.csv`, generation }))
const projectionsIn = (root: string): readonly string[] => {
  const there = join(root, 'demo', 'silver', '_files', 'rows')
  return existsSync(there) ? readdirSync(there) : []
}

test('a dataset holds no file before its first pull, and then the newest of each path, in the order of their bytes', async () => {
  const lake = lakeIn(join(folder, 'order'))
  expect(await held(lake)).toEqual([])
  // U+FF5E comes before U+1F600 by its bytes, and behind it by the units of JavaScript.
  const paths = ['b', 'a/1', 'a', 'a b', 'B', 'é', '\u{FF5E}', '\u{1F600}', "it's"]
  await pull(lake, [...paths.map((path) => ({ path, generation: 0 })), { path: 'b', generation: 0, source: 'other' }])
  expect((await held(lake)).map(({ path }) => path)).toEqual(['B', 'a', 'a b', 'a/1', 'b', "it's", 'é', '\u{FF5E}', '\u{1F600}'])
  await pull(lake, [{ path: 'b', generation: 1 }])
  await pull(lake, [{ path: 'a', generation: 1 }], 'the file is gone')
  const found = await held(lake)
  expect(found.filter(({ path }) => path === 'a' || path === 'b')).toMatchObject([
    { path: 'a', generation: 1, gone: true },
    {
      path: 'b',
      generation: 1,
      gone: false,
      hash: 'hash of b 1',
      bytes: 2 ** 40 + 1,
      modified: firstTick,
      run: `run-${firstTick}`,
      cleared: 0,
    },
  ])
  expect(facts(found)).toEqual(await told(lake))
  expect(await held(lake, 'other')).toMatchObject([{ path: 'b', generation: 0 }])
})

test('many receipts are read once: what they tell is kept beside, and made again when it is gone or broken', async () => {
  const root = join(folder, 'kept')
  const lake = lakeIn(root)
  await pull(lake, many(2_100))
  expect(projectionsIn(root)).toEqual([])
  const first = await held(lake)
  expect([first.length, projectionsIn(root).length]).toEqual([2_100, 1])
  await pull(lake, [
    { path: '2026/00007.csv', generation: 1 },
    { path: 'new.csv', generation: 0 },
  ])
  await pull(lake, [{ path: '2026/00008.csv', generation: 1 }], 'gone')
  const second = await held(lake)
  expect(facts(second)).toEqual(await told(lake))
  expect(second.find(({ path }) => path === '2026/00007.csv')).toMatchObject({ generation: 1 })
  expect(projectionsIn(root)).toHaveLength(1)
  const [name = ''] = projectionsIn(root)
  const file = join(root, 'demo', 'silver', '_files', 'rows', name)
  writeFileSync(file, 'no Parquet')
  expect(await held(lake)).toEqual(second)
  expect(projectionsIn(root)).toHaveLength(2)
  rmSync(join(root, 'demo', 'silver', '_files'), { recursive: true })
  expect(await held(lake)).toEqual(second)
  expect(projectionsIn(root)).toHaveLength(1)
  expect(troubles).toEqual([])
})

test('what was kept of another table of the same name tells nothing', async () => {
  const [root, other] = [join(folder, 'this'), join(folder, 'other')]
  for (const place of [root, other]) await pull(lakeIn(place), many(2_001))
  await held(lakeIn(other))
  await pull(lakeIn(root), [{ path: 'mine', generation: 0 }])
  cpSync(join(other, 'demo', 'silver', '_files'), join(root, 'demo', 'silver', '_files'), { recursive: true })
  expect((await held(lakeIn(root))).map(({ path }) => path)).toContain('mine')
  rmSync(join(root, 'demo', 'silver', '_files'), { recursive: true })
  rmSync(join(root, 'demo', 'silver', 'rows'), { recursive: true })
  cpSync(join(other, 'demo', 'silver', '_files'), join(root, 'demo', 'silver', '_files'), { recursive: true })
  await pull(lakeIn(root), [{ path: 'only', generation: 0 }])
  expect((await held(lakeIn(root))).map(({ path }) => path)).toEqual(['only'])
})

test('in a bucket the same is kept beside, and read by a machine that has not written it', async () => {
  const bucket = memoryBucket()
  const machine = (name: string): Lake => lakeIn(bucketStorage(bucket, { stage: { folder: join(folder, 'stages', name) } }))
  await pull(machine('one'), many(2_001))
  expect(await held(machine('one'))).toHaveLength(2_001)
  const kept = async () => (await bucket.list('demo/silver/_files/', false)).map(({ key }) => key)
  expect(await kept()).toHaveLength(1)
  await pull(machine('one'), [{ path: 'new.csv', generation: 0 }])
  expect(facts(await held(machine('other')))).toEqual(await told(machine('other')))
  expect(await kept()).toHaveLength(1)
})

test('random pulls leave what their receipts tell, whatever is kept beside', async () => {
  const seed = seedOfRun()
  const random = seeded(seed)
  const root = join(folder, 'random')
  const lake = lakeIn(root)
  const newest = new Map<string, number>()
  for (let round = 0; round < 6; round++) {
    const paths = round % 3 === 0 ? Array.from({ length: 2_000 }, (_, n) => `${round}-${n}`) : []
    for (const path of newest.keys()) if (random.chance(0.01)) paths.push(path)
    const files = [...new Set(paths)].map((path) => ({ path, generation: (newest.get(path) ?? -1) + 1 }))
    for (const { path, generation } of files) newest.set(path, generation)
    await pull(lake, files, random.chance(0.2) && round > 0 ? 'gone' : undefined)
    if (random.chance(0.3)) rmSync(join(root, 'demo', 'silver', '_files'), { recursive: true, force: true })
    expect(facts(await held(lake)), `SLUICE_SEED=${seed}, round ${round}`).toEqual(await told(lake))
  }
})
