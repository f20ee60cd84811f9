import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { integer } from '@sluice/author'
import type { BatchWrite, FileFact } from '@sluice/core'
import { seeded, seedOfRun } from '@sluice/core/testing'
import type { LogStore } from '@sluice/delta'
import { death, mortal, validateLog } from '@sluice/delta/testing'
import { type DuckDB, openDuckDB } from '@sluice/duckdb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BatchesOutcome, type Lake, type LakeStorage, localStorage, openLake, type RowsOfBatches } from '../index.ts'
import { firstTick, writeTo } from '../testing/index.ts'

let folder: string
let duck: DuckDB
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice batches '))
  duck = await openDuckDB({ threads: 1 })
})
afterAll(() => {
  duck.close()
  rmSync(folder, { recursive: true, force: true })
})

const lakeOn = (storage: LakeStorage | string): Lake =>
  openLake({ storage, project: 'demo', duckdb: async () => duck, now: () => firstTick })

/** Numbers of a file; those below 0 are broken. */
interface Given {
  readonly numbers: readonly number[]
  readonly generation?: number
}
type Files = Readonly<Record<string, Given>>

const fileOf = (path: string, { numbers, generation = 0 }: Given): FileFact => ({
  source: 'orders',
  path,
  bytes: numbers.length,
  modified: firstTick + generation,
  hash: `${path} ${generation}`,
})

const writesOf = (files: Files): readonly BatchWrite[] =>
  Object.entries(files).map(([path, given]) => ({
    ...writeTo('silver.rows', { generation: given.generation ?? 0 }),
    batch: path,
    file: fileOf(path, given),
  }))

const columns = { id: integer() }
const broken = 'id < 0'

function rowsOf(files: Files, of: readonly BatchWrite[], more: Partial<RowsOfBatches> = {}): RowsOfBatches {
  const lists = of.map(({ batch }) => `('${batch}', [${(files[batch]?.numbers ?? []).join(', ')}]::INTEGER[])`)
  const all = `SELECT batch AS _batch, unnest(ids) AS id, generate_subscripts(ids, 1) AS n FROM (VALUES ${lists.join(', ')}) AS of(batch, ids)`
  return {
    columns,
    judge: async () => ({
      good: `SELECT id, _batch FROM (${all}) WHERE NOT ${broken}`,
      broken: `SELECT _batch AS batch, n AS row_number, 'within(id)' AS rule, 'id' AS place, id::VARCHAR AS cells FROM (${all}) WHERE ${broken}`,
      messages: { 'within(id)': 'id must be at least 0' },
      counts: new Map(
        of.map(({ batch }) => {
          const numbers = files[batch]?.numbers ?? []
          return [batch, { rowsIn: numbers.length, rowsQuarantined: numbers.filter((number) => number < 0).length }]
        }),
      ),
    }),
    ...more,
  }
}

async function writeFiles(lake: Lake, files: Files, more: Partial<RowsOfBatches> = {}): Promise<BatchesOutcome> {
  using batches = await lake.batches('silver.rows', writesOf(files))
  return await batches.finish(rowsOf(files, batches.writes, more))
}

/** The same, one by one. */
async function writeSingly(lake: Lake, files: Files, more: Partial<RowsOfBatches> = {}): Promise<readonly string[]> {
  const refused: string[] = []
  for (const write of writesOf(files)) {
    using batch = await lake.batch(write)
    if (batch.receipt !== undefined) continue
    const rows = rowsOf(files, [write], more)
    await batch
      .finish({
        ...rows,
        mode: 'replace_batch',
        judge: async () => {
          const { counts, good, broken: bad, messages } = await rows.judge()
          const own = counts.get(write.batch) ?? { rowsIn: 0, rowsQuarantined: 0 }
          return { good: `SELECT id FROM (${good})`, broken: `SELECT * EXCLUDE (batch) FROM (${bad})`, messages, counts: own }
        },
      })
      .catch((thrown: unknown) => refused.push((thrown as Error).message))
  }
  return refused
}

async function contents(lake: Lake) {
  const there = (await lake.tables()).map(({ name }) => name)
  const connection = await lake.connect()
  const of = async (name: string, list: string): Promise<readonly string[]> =>
    there.includes(name)
      ? (await connection.rows(`SELECT ${list} AS v FROM (${await lake.scan(connection, `silver.${name}`)}) ORDER BY ALL`)).map(({ v }) =>
          String(v),
        )
      : []
  const found = {
    good: await of('rows', `concat_ws(' ', _batch, id)`),
    broken: await of('rows__quarantine', `concat_ws(' ', batch, generation, row_number, rule, cells, 'in', file)`),
  }
  connection.close()
  return found
}

/** What a ledger keeps of receipts, in the order of batches. */
async function receiptsOf(lake: Lake) {
  const there = (await lake.tables()).some(({ name }) => name === 'rows')
  const all = there ? await lake.receipts('silver.rows') : []
  return all
    .map(({ version: _, bytes: __, ...receipt }) => receipt)
    .toSorted((a, b) => (a.batch === b.batch ? a.generation - b.generation : a.batch < b.batch ? -1 : 1))
}

test('batches are one commit, and each has its receipt with its file', async () => {
  const lake = lakeOn(join(folder, 'one'))
  const files = { 'a.csv': { numbers: [1, 2] }, 'b.csv': { numbers: [3, -4] }, 'c.csv': { numbers: [] } }
  const { receipts, refused } = await writeFiles(lake, files)
  expect(refused.size).toBe(0)
  expect([...receipts.values()]).toMatchObject([
    { batch: 'a.csv', rowsIn: 2, rowsWritten: 2, rowsQuarantined: 0, version: '1', replayed: false, file: fileOf('a.csv', files['a.csv']) },
    { batch: 'b.csv', rowsIn: 2, rowsWritten: 1, rowsQuarantined: 1, version: '1', brokenRules: { 'within(id)': 1 } },
    { batch: 'c.csv', rowsIn: 0, rowsWritten: 0, rowsQuarantined: 0, version: '1' },
  ])
  expect(await lake.receipts('silver.rows')).toEqual([...receipts.values()].map((receipt) => ({ ...receipt, replayed: true })))
  const bytes = (await lake.tables()).find(({ name }) => name === 'rows')?.bytes
  expect([...receipts.values()].reduce((sum, receipt) => sum + receipt.bytes, 0)).toBe(bytes)
  expect(await lake.history('silver.rows')).toMatchObject([{ version: '1', batch: null, rowsWritten: 3, rowsQuarantined: 1, bytes }, {}])
})

test('those that are written already are known, a newer generation is refused, and the others are written beside them', async () => {
  const lake = lakeOn(join(folder, 'known'))
  const first = await writeFiles(lake, { a: { numbers: [1] }, b: { numbers: [2], generation: 3 } })
  const files = { a: { numbers: [7] }, b: { numbers: [8], generation: 1 }, c: { numbers: [9] } }
  using batches = await lake.batches('silver.rows', writesOf(files))
  expect(batches.writes.map(({ batch }) => batch)).toEqual(['c'])
  const { receipts, refused } = await batches.finish(rowsOf(files, batches.writes))
  expect(receipts.get('a')).toEqual({ ...first.receipts.get('a'), replayed: true })
  expect(refused.get('b')).toMatchObject({ code: 'lake.conflict' })
  expect((await contents(lake)).good).toEqual(['a 1', 'b 2', 'c 9'])
})

test('a batch of which more is broken than may is refused alone: its rows are in quarantine, what it held before is there', async () => {
  const lake = lakeOn(join(folder, 'at most'))
  await writeFiles(lake, { a: { numbers: [1] }, b: { numbers: [2] } })
  const files = { a: { numbers: [-1, 5, 6], generation: 1 }, b: { numbers: [-1, -2, 5], generation: 1 }, c: { numbers: [-3] } }
  const { receipts, refused } = await writeFiles(lake, files, { atMost: { share: 0.5 } })
  expect([...receipts.keys()]).toEqual(['a'])
  expect([...refused].map(([batch, { code, message }]) => [batch, code, message])).toEqual([
    [
      'b',
      'quality.failed',
      expect.stringContaining('silver.rows, b: 2 of 3 rows broke a rule, more than the 50 % that may, most often within(id)'),
    ],
    ['c', 'quality.failed', expect.stringContaining('silver.rows, c: all 1 rows broke a rule')],
  ])
  expect(await contents(lake)).toEqual({
    good: ['a 5', 'a 6', 'b 2'],
    broken: ['a 1 1 within(id) -1 in a', 'b 1 1 within(id) -1 in b', 'b 1 2 within(id) -2 in b', 'c 0 1 within(id) -3 in c'],
  })
  const { refused: byRows } = await writeFiles(lake, { d: { numbers: [-1, -2, 1, 2, 3, 4] } }, { atMost: { rows: 1 } })
  expect(byRows.get('d')?.message).toContain('more than the 1 that may')
})

test('no row of a key may be broken where the dataset says so, and only the batch at fault is refused', async () => {
  const lake = lakeOn(join(folder, 'sound key'))
  const { receipts, refused } = await writeFiles(lake, { a: { numbers: [1] }, b: { numbers: [2, -2] } }, { soundKey: ['id'] })
  expect([[...receipts.keys()], refused.get('b')?.message]).toEqual([['a'], expect.stringContaining('1 row broke a rule of the key')])
})

test('batches are taken away in one commit, with receipts of a generation that has no rows and says why', async () => {
  const lake = lakeOn(join(folder, 'removed'))
  await writeFiles(lake, { a: { numbers: [1, -1] }, b: { numbers: [2] }, c: { numbers: [3] } })
  const gone = { a: { numbers: [], generation: 1 }, c: { numbers: [], generation: 1 } }
  using batches = await lake.batches('silver.rows', writesOf(gone))
  const { receipts } = await batches.remove('the file is gone')
  expect([...receipts.values()]).toMatchObject([
    { batch: 'a', generation: 1, reason: 'the file is gone', rowsIn: 0, rowsWritten: 0, version: '2', status: 'written' },
    { batch: 'c', generation: 1, reason: 'the file is gone' },
  ])
  expect(await contents(lake)).toEqual({ good: ['b 2'], broken: [] })
  expect(await lake.receipts('silver.rows')).toHaveLength(5)
  using none = await lake.batches(
    'silver.none',
    writesOf({ a: { numbers: [] } }).map((write) => ({ ...write, dataset: 'demo:lake.silver.none' })),
  )
  await expect(none.remove('gone')).rejects.toMatchObject({ code: 'lake.dataset_unknown' })
})

test('good rows are written unjudged where they may be, and a broken one closes that road for all of them', async () => {
  const lake = lakeOn(join(folder, 'hopeful'))
  await writeFiles(lake, { z: { numbers: [0] } })
  let judged = 0
  const write = async (files: Files) => {
    using batches = await lake.batches('silver.rows', writesOf(files))
    const rows = rowsOf(files, batches.writes)
    const { good } = await rows.judge()
    const all = good.replace(`WHERE NOT ${broken}`, `WHERE CASE WHEN NOT ${broken} THEN true ELSE error('_sluice_broken_row') END`)
    const judge = () => {
      judged++
      return rows.judge()
    }
    return await batches.finish({ ...rows, hopeful: all, judge })
  }
  expect([...(await write({ a: { numbers: [1, 2] }, b: { numbers: [] } })).receipts.values()]).toMatchObject([{ rowsIn: 2 }, { rowsIn: 0 }])
  expect(judged).toBe(0)
  expect([...(await write({ c: { numbers: [1, -2] }, d: { numbers: [4] } })).receipts.values()]).toMatchObject([
    { rowsIn: 2, rowsWritten: 1 },
    { rowsIn: 1 },
  ])
  await write({ c: { numbers: [5], generation: 1 } })
  expect(judged).toBe(2)
  expect(await contents(lake)).toEqual({ good: ['a 1', 'a 2', 'c 5', 'd 4', 'z 0'], broken: [] })
})

test('rows that do not add up are a bug of ours, and none of the batches is written', async () => {
  const lake = lakeOn(join(folder, 'sums'))
  const files = { a: { numbers: [1] }, b: { numbers: [2, 3] } }
  using batches = await lake.batches('silver.rows', writesOf(files))
  const rows = rowsOf(files, batches.writes)
  const judge = async () => ({ ...(await rows.judge()), counts: new Map([['a', { rowsIn: 1, rowsQuarantined: 0 }]]) })
  await expect(batches.finish({ ...rows, judge })).rejects.toMatchObject({
    kind: 'bug',
    message: expect.stringContaining('0 rows in, 2 written'),
  })
  expect(await lake.tables()).toMatchObject([{ name: 'rows', rows: 0, files: 0 }])
  expect(await lake.receipts('silver.rows')).toEqual([])
})

test('a table in partitions, with names that need a mapping, takes batches, loses them and gains a column', async () => {
  const lake = lakeOn(join(folder, 'partitions'))
  const write = async (names: readonly string[], generation: number, more: { readonly [name: string]: ReturnType<typeof integer> }) => {
    using batches = await lake.batches(
      'silver.rows',
      writesOf(Object.fromEntries(names.map((name) => [name, { numbers: [], generation }]))),
    )
    const of = batches.writes.map(({ batch }) => `'${batch}'`).join(', ')
    const extra = Object.keys(more).map((name) => `${generation}::INTEGER AS "${name}", `)
    const outcome = await batches.finish({
      columns: { 'Order ID': integer(), part: integer(), ...more },
      partitionBy: ['part'],
      judge: async () => ({
        good: `SELECT range::INTEGER AS "Order ID", (range % 2)::INTEGER AS part, ${extra.join('')}unnest([${of}]) AS _batch FROM range(3)`,
        broken: `SELECT '' AS batch, 0 AS row_number, '' AS rule, '' AS place, '' AS cells WHERE false`,
        messages: {},
        counts: new Map(names.map((name) => [name, { rowsIn: 3, rowsQuarantined: 0 }])),
      }),
    })
    expect(outcome.refused.size).toBe(0)
  }
  await write(['a', 'b', 'c'], 0, {})
  await write(['a', 'c'], 1, { 'Zip Code': integer() })
  const connection = await lake.connect()
  const found = await connection.rows(
    `SELECT _batch, part, "Zip Code" AS zip, count(*) AS n, sum("Order ID") AS ids FROM (${await lake.scan(connection, 'silver.rows')}) GROUP BY ALL ORDER BY ALL`,
  )
  connection.close()
  expect(found.map((row) => Object.values(row).map(String).join(' '))).toEqual([
    'a 0 1 2 2',
    'a 1 1 1 1',
    'b 0 null 2 2',
    'b 1 null 1 1',
    'c 0 1 2 2',
    'c 1 1 1 1',
  ])
  expect(validateLog(join(folder, 'partitions', 'demo', 'silver', 'rows'))).toEqual([])
})

test('batches of another dataset, and one that is named twice, are a bug of ours', async () => {
  const lake = lakeOn(join(folder, 'odd'))
  const [write] = writesOf({ a: { numbers: [1] } })
  if (write === undefined) throw new Error('no write')
  await expect(lake.batches('silver.other', [write])).rejects.toMatchObject({ kind: 'bug' })
  await expect(lake.batches('silver.rows', [write, write])).rejects.toMatchObject({ kind: 'bug' })
})

test('two writers at once of overlapping batches write each of them once', async () => {
  const root = join(folder, 'two writers')
  const [one, other] = [lakeOn(root), lakeOn(root)]
  await writeFiles(one, { shared: { numbers: [0] } })
  const [left, right] = [
    { a: { numbers: [1, -1] }, b: { numbers: [2] }, shared: { numbers: [5], generation: 1 } },
    { b: { numbers: [2] }, c: { numbers: [3] }, a: { numbers: [1, -1] } },
  ]
  const outcomes = await Promise.all([writeFiles(one, left), writeFiles(other, right)])
  expect(outcomes.map(({ refused }) => refused.size)).toEqual([0, 0])
  expect(outcomes.map(({ receipts }) => [...receipts.keys()].sort())).toEqual([
    ['a', 'b', 'shared'],
    ['a', 'b', 'c'],
  ])
  expect(await contents(one)).toEqual({ good: ['a 1', 'b 2', 'c 3', 'shared 5'], broken: ['a 0 2 within(id) -1 in a'] })
  expect((await one.receipts('silver.rows')).map(({ batch }) => batch).sort()).toEqual(['a', 'b', 'c', 'shared', 'shared'])
})

test('rows that nobody has judged are dropped before their commit where they turn out to be none to trust, and judged', async () => {
  const lake = lakeOn(join(folder, 'sound'))
  await writeFiles(lake, { a: { numbers: [1] } })
  const hopeful = { hopeful: `SELECT 7 AS id, 'b' AS _batch` }
  const files = { b: { numbers: [2, 3] } }
  const versions = async () => (await lake.history('silver.rows')).length
  const before = await versions()
  await writeFiles(lake, files, { ...hopeful, sound: async () => false })
  expect(await contents(lake)).toEqual({ good: ['a 1', 'b 2', 'b 3'], broken: [] })
  expect(await versions()).toBe(before + 1)
  await writeFiles(lake, { b: { numbers: [], generation: 1 } }, { ...hopeful, sound: async () => true })
  expect((await contents(lake)).good).toEqual(['a 1', 'b 7'])
})

test('of batches that were begun those are written that are named, and the others are as they were', async () => {
  const lake = lakeOn(join(folder, 'only'))
  const files = { a: { numbers: [1] }, b: { numbers: [2] } }
  using batches = await lake.batches('silver.rows', writesOf(files))
  const { receipts } = await batches.finish(rowsOf(files, batches.writes.slice(1), { only: new Set(['b']) }))
  expect([...receipts.keys()]).toEqual(['b'])
  expect(await contents(lake)).toEqual({ good: ['b 2'], broken: [] })
  expect(await lake.receipts('silver.rows')).toHaveLength(1)
})

test('random histories of files leave the rows, the quarantine and the receipts that the same files leave one by one', async () => {
  const seed = seedOfRun()
  const random = seeded(seed)
  for (let history = 0; history < 3; history++) {
    const lake = (name: string): Lake => lakeOn(join(folder, `history ${history}`, name))
    const [many, single, mixed] = [lake('many'), lake('single'), lake('mixed')]
    const newest = new Map<string, number>()
    for (let pull = 0; pull < 6; pull++) {
      const files: Record<string, Given> = {}
      for (const path of ['a', 'b', 'c', 'd', 'e']) {
        if (random.chance(0.4)) continue
        const before = newest.get(path)
        // Now and then a file comes again as it was.
        const generation = before === undefined ? 0 : before + (random.chance(0.8) ? 1 : 0)
        newest.set(path, generation)
        files[path] = { generation, numbers: Array.from({ length: random.integer(5) }, () => random.integer(12) - 3) }
      }
      const atMost = { atMost: { share: 0.4 } }
      const { refused } = await writeFiles(many, files, atMost)
      const singly = await writeSingly(single, files, atMost)
      if (random.chance(0.5)) await writeSingly(mixed, files, atMost)
      else await writeFiles(mixed, files, atMost)
      const told = `SLUICE_SEED=${seed}, history ${history}, pull ${pull}`
      expect(
        [...refused.values()].map(({ message }) => message),
        told,
      ).toEqual(singly)
      expect(await contents(many), told).toEqual(await contents(single))
      expect(await receiptsOf(many), told).toEqual(await receiptsOf(single))
      expect([await contents(mixed), await receiptsOf(mixed)], told).toEqual([await contents(many), await receiptsOf(many)])
    }
    expect(validateLog(join(folder, `history ${history}`, 'many', 'demo', 'silver', 'rows'))).toEqual([])
  }
})

/** A machine that dies at its n-th use of any store of the lake. */
function dyingStorage(root: string, at: number): { storage: LakeStorage; uses: () => number } {
  const { guard, uses } = death(at, 'before')
  const own = localStorage(root)
  const stores = new Map<string, LogStore>()
  return {
    uses,
    storage: {
      ...own,
      at(path) {
        const store = stores.get(path) ?? mortal(own.at(path), guard)
        stores.set(path, store)
        return store
      },
    },
  }
}

test('dead before any use of the storage, batches never have good rows without their broken ones, and the replay finishes them', async () => {
  const earlier = { a: { numbers: [1, -2] }, b: { numbers: [3] } }
  const files = { a: { numbers: [4, -5], generation: 1 }, b: { numbers: [], generation: 1 }, c: { numbers: [6, -7] } }
  const before = { good: ['a 1', 'b 3'], broken: ['a 0 2 within(id) -2 in a'] }
  const after = { good: ['a 4', 'c 6'], broken: ['a 1 2 within(id) -5 in a', 'c 0 2 within(id) -7 in c'] }
  const seen = new Set<string>()
  for (let at = 1; ; at++) {
    const root = join(folder, 'dead', String(at))
    await writeFiles(lakeOn(root), earlier)
    const { storage, uses } = dyingStorage(root, at)
    const outcome = await writeFiles(lakeOn(storage), files).then(
      () => 'finished',
      () => 'died',
    )
    const found = await contents(lakeOn(root))
    expect([before.good, after.good]).toContainEqual(found.good)
    expect([before.broken, after.broken]).toContainEqual(found.broken)
    if (outcome === 'finished' || found.good.join() === after.good.join()) expect(found).toEqual(after)
    seen.add(JSON.stringify(found))
    await writeFiles(lakeOn(root), files)
    expect(await contents(lakeOn(root))).toEqual(after)
    if (uses() < at) break
  }
  expect(seen.size).toBe(3)
})
