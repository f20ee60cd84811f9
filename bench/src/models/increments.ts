import { join } from 'node:path'
import { dataset, integer, type Model, model, rawSql, type Sql, sql, timestamp } from '@sluice/author'
import { refTo, testReading } from '@sluice/author/testing'
import type { DatasetRef, Receipt, Store } from '@sluice/core'
import { openDuckDB } from '@sluice/duckdb'
import { openLake } from '@sluice/lake'
import { openPool } from '@sluice/postgres'
import { runModel, runWarehouseModel } from '@sluice/transform'
import { createTableSql, migratePlatform, openWarehouse } from '@sluice/warehouse'
import { benchServer } from '../database.ts'
import { type Measure, measure, median, timesLimit } from '../measure.ts'
import { processorTime } from '../processor-time.ts'
import { scratchFolder } from '../scratch.ts'
import { rounds, scaled } from '../settings.ts'
import { writeOf } from './write-of.ts'

const columns = { id: integer({ notNull: true }), seen: timestamp({ notNull: true }), shop: integer(), cents: integer() }
const inLake = {
  source: dataset('silver.sales', { on: 'lake', columns }),
  added: dataset('silver.added', { on: 'lake', columns }),
  addedWhole: dataset('silver.added_whole', { on: 'lake', columns }),
  keyed: dataset('silver.keyed', { on: 'lake', columns, key: ['id'], order: 'seen' }),
  keyedWhole: dataset('silver.keyed_whole', { on: 'lake', columns, key: ['id'] }),
  marked: dataset('silver.marked', { on: 'lake', columns, key: ['id'], order: 'seen', deletionVectors: true }),
}
const inWarehouse = {
  source: dataset('public.sales', { on: 'warehouse', columns }),
  added: dataset('public.added', { on: 'warehouse', columns }),
  addedWhole: dataset('public.added_whole', { on: 'warehouse', columns }),
  keyed: dataset('public.keyed', { on: 'warehouse', columns, key: ['id'], order: 'seen' }),
  keyedWhole: dataset('public.keyed_whole', { on: 'warehouse', columns, key: ['id'] }),
}
type Datasets = Omit<typeof inLake, 'marked'> & Partial<Pick<typeof inLake, 'marked'>>

/** What a run over 1 % new rows costs that adds them, or merges them by key, beside a full refresh with the same result. */
export async function increments(progress: (line: string) => void): Promise<readonly Measure[]> {
  await using scratch = await scratchFolder('increments')
  const rows = scaled(10_000_000)
  return [...(await onLake(scratch.dir, rows, progress)), ...(await onWarehouse(scratch.dir, rows, progress))]
}

async function onLake(folder: string, rows: number, progress: (line: string) => void): Promise<readonly Measure[]> {
  const duckdb = await openDuckDB({ threads: 2, tempDirectory: join(folder, 'spill') })
  try {
    const lake = openLake({ storage: join(folder, 'lake'), project: 'bench', duckdb: async () => duckdb })
    const run: Compared['run'] = async (of, tick, refs) =>
      (await runModel({ model: of, write: writeOf(of, 'lake', tick), reading: readingOf(inLake, refs), lake })) as Receipt
    const values = (ids: string, count: number, tick: number): string =>
      `select (${ids})::integer as id, timestamptz '2026-01-01 00:00:00+00' + ${tick} * interval '1 hour' as seen, (i % 50)::integer as shop,
        (i % 9999)::integer as cents from (select unnest(range(0, ${count})) as i)`
    return await compared({ name: 'lake', store: 'lake', rows, run, values, of: inLake, progress, pids: [process.pid] })
  } finally {
    duckdb.close()
  }
}

async function onWarehouse(folder: string, rows: number, progress: (line: string) => void): Promise<readonly Measure[]> {
  await using server = await benchServer(join(folder, 'postgres'))
  const url = await server.url('models')
  await migratePlatform(url)
  const pool = openPool(url, { max: 2 })
  try {
    const of = inWarehouse as unknown as Datasets
    for (const statement of Object.values(inWarehouse).flatMap((each) => createTableSql(each))) await pool.query(statement)
    const warehouse = openWarehouse({ database: { pool }, project: 'bench' })
    const run: Compared['run'] = async (each, tick, refs) =>
      (await runWarehouseModel({
        model: each,
        write: writeOf(each, 'warehouse', tick),
        reading: readingOf(of, refs),
        warehouse,
      })) as Receipt
    const values = (ids: string, count: number, tick: number): string =>
      `select (${ids})::integer as id, timestamptz '2026-01-01 00:00:00+00' + ${tick} * interval '1 hour' as seen, (i % 50)::integer as shop,
        (i % 9999)::integer as cents from generate_series(0, ${count - 1}) i`
    return await compared({
      name: 'warehouse',
      store: 'warehouse',
      rows,
      run,
      values,
      of,
      progress,
      pids: [process.pid, server.server.pid],
    })
  } finally {
    await pool.end()
  }
}

interface Compared {
  readonly name: string
  readonly store: Store
  readonly rows: number
  readonly run: (of: Model, tick: number, refs: readonly DatasetRef[]) => Promise<Receipt>
  /** SQL of rows: `ids` over `i`, which counts from 0. */
  readonly values: (ids: string, count: number, tick: number) => string
  readonly of: Datasets
  readonly progress: (line: string) => void
  readonly pids: readonly number[]
}

async function compared({ name, store, rows, run, values, of, progress, pids }: Compared): Promise<readonly Measure[]> {
  const { add, added, addedWhole, keyed, keyedWhole, marked } = modelsOf(of)
  const share = Math.max(10, Math.floor(rows / 100))
  const measured = Object.entries({ added, addedWhole, keyed, keyedWhole, marked })
  const costs = new Map(measured.map(([each]) => [each, [] as number[]]))
  progress(`${name}, ${rows} rows: those that are there`)
  const first = refTo(store, await run(add(values('i', rows, 0)), 0, []))
  for (const each of [added, keyed, marked]) if (each !== undefined) await run(each, 0, [first])
  for (let round = 1; round <= rounds(3); round++) {
    progress(`${name}, round ${round}`)
    // One in ten of them is a newer row of a key that is there.
    const ids = `case when i % 10 = 0 then i * 97 % ${rows} else ${rows + share * round} + i end`
    const fresh = refTo(store, await run(add(values(ids, share, round)), round, []))
    for (const [each, step] of measured)
      if (step !== undefined) costs.get(each)?.push(await processorTime(() => run(step, round, [fresh]), pids))
  }
  const row = (by: string, ours: string, whole: string): Measure[] => {
    const [own, full] = [costs.get(ours) ?? [], costs.get(whole) ?? []]
    if (own.length === 0) return []
    return [measure(`1 % new rows by ${by} (${name}, ${rows} rows), in processor time`, median(own), 'ms', timesLimit(0.1), median(full))]
  }
  return [
    ...row('append', 'added', 'addedWhole'),
    ...row('key', 'keyed', 'keyedWhole'),
    ...row('key with deletion vectors', 'marked', 'keyedWhole'),
  ]
}

function modelsOf({ source, added, addedWhole, keyed, keyedWhole, marked }: Datasets) {
  const plain = (each: unknown) => each as Model
  const from = { source }
  const all = (of: Sql | typeof source) => sql`select id, seen, shop, cents * 2 as cents from ${of as typeof source}`
  const newest = (of: typeof source) => sql`select id, seen, shop, cents * 2 as cents from (
    select *, row_number() over (partition by id order by seen desc) as place from ${of}) as ranked where place = 1`
  return {
    add: (rows: string) => plain(model({ into: source, refresh: 'batch', query: () => sql`${rawSql(rows)}` })),
    added: plain(model({ into: added, from, refresh: 'batch', query: ({ source }) => all(source.batch) as never })),
    addedWhole: plain(model({ into: addedWhole, from, refresh: 'full', query: ({ source }) => all(source) })),
    keyed: plain(model({ into: keyed, from, refresh: 'key', query: ({ source }) => all(source.batch) as never })),
    marked: marked && plain(model({ into: marked, from, refresh: 'key', query: ({ source }) => all(source.batch) as never })),
    keyedWhole: plain(model({ into: keyedWhole, from, refresh: 'full', query: ({ source }) => newest(source) })),
  }
}

const readingOf = (of: Datasets, refs: readonly DatasetRef[]) =>
  testReading(Object.values(of), { batches: { [of.source.id]: refs }, interval: { start: 0, end: 1 } })
