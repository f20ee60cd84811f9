import { join } from 'node:path'
import { dataset, date, integer, type Model, model, rawSql, sql } from '@sluice/author'
import { testReading } from '@sluice/author/testing'
import { openDuckDB } from '@sluice/duckdb'
import { openLake } from '@sluice/lake'
import { openPool } from '@sluice/postgres'
import { runModel, runWarehouseModel } from '@sluice/transform'
import { createTableSql, migratePlatform, openWarehouse } from '@sluice/warehouse'
import { benchServer } from '../database.ts'
import { type Measure, measure, median, timed, timesLimit } from '../measure.ts'
import { ownProcessorTime } from '../processor-time.ts'
import { scratchFolder } from '../scratch.ts'
import { rounds, scaled } from '../settings.ts'
import { writeOf } from './write-of.ts'

const days = 100
const day = date({ notNull: true })
const columns = { day, shop: integer(), customer: integer(), cents: integer() }
const perDay = { day, shop: integer({ notNull: true }), rows: integer(), customers: integer(), cents: integer() }

const inLake = {
  source: dataset('silver.lines', { on: 'lake', columns }),
  parts: dataset('silver.parts', { on: 'lake', columns: perDay, key: ['day', 'shop'], partition: 'day' }),
  whole: dataset('silver.whole', { on: 'lake', columns: perDay, key: ['day', 'shop'] }),
}
const inWarehouse = {
  source: dataset('public.lines', { on: 'warehouse', columns, indexes: ['day'] }),
  parts: dataset('public.parts', { on: 'warehouse', columns: perDay, key: ['day', 'shop'], partition: 'day' }),
  whole: dataset('public.whole', { on: 'warehouse', columns: perDay, key: ['day', 'shop'] }),
}

/** What a run over 1 % new rows costs that makes their partitions anew, beside the full refresh of the same query, over the same rows. */
export async function partitions(progress: (line: string) => void): Promise<readonly Measure[]> {
  await using scratch = await scratchFolder('models')
  return [await onLake(scratch.dir, scaled(10_000_000), progress), await onWarehouse(scratch.dir, scaled(1_000_000), progress)]
}

async function onLake(folder: string, rows: number, progress: (line: string) => void): Promise<Measure> {
  const duckdb = await openDuckDB({ threads: 2, tempDirectory: join(folder, 'spill') })
  try {
    const lake = openLake({ storage: join(folder, 'lake'), project: 'bench', duckdb: async () => duckdb })
    const { source, parts, whole } = inLake
    const reading = testReading([source, parts, whole])
    const run = (of: Model, tick: number) => runModel({ model: of, write: writeOf(of, 'lake', tick), reading, lake })
    const values = (from: number, count: number, first: number, span: number): string =>
      `select date '2026-01-01' + (${first} + (i - ${from}) * ${span} // ${Math.max(1, count)})::integer as day, (hash(i) % 50)::integer as shop,
        (hash(i + 1) % 100000)::integer as customer, (i % 9999)::integer as cents from (select unnest(range(${from}, ${from + count})) as i)`
    return await compared(`lake, ${rows} rows`, { rows, run, values, models: modelsOf(inLake), progress, cost: ownProcessorTime })
  } finally {
    duckdb.close()
  }
}

async function onWarehouse(folder: string, rows: number, progress: (line: string) => void): Promise<Measure> {
  await using server = await benchServer(join(folder, 'postgres'))
  const url = await server.url('models')
  await migratePlatform(url)
  const pool = openPool(url, { max: 2 })
  try {
    const { source, parts, whole } = inWarehouse
    for (const statement of [source, parts, whole].flatMap((each) => createTableSql(each))) await pool.query(statement)
    const warehouse = openWarehouse({ database: { pool }, project: 'bench' })
    const reading = testReading([source, parts, whole])
    const run = (of: Model, tick: number) => runWarehouseModel({ model: of, write: writeOf(of, 'warehouse', tick), reading, warehouse })
    const values = (from: number, count: number, first: number, span: number): string =>
      `select date '2026-01-01' + (${first} + (i - ${from}) * ${span} / ${Math.max(1, count)})::integer as day, (abs(hashint8(i)) % 50) as shop,
        (abs(hashint8(i + 1)) % 100000) as customer, (i % 9999)::integer as cents from generate_series(${from}::bigint, ${from + count - 1}::bigint) i`
    return await compared(`warehouse, ${rows} rows`, { rows, run, values, models: modelsOf(inWarehouse), progress, cost: timed })
  } finally {
    await pool.end()
  }
}

interface Compared {
  readonly rows: number
  readonly run: (of: Model, tick: number) => Promise<unknown>
  /** SQL of rows, over a number of days from one on. */
  readonly values: (from: number, count: number, first: number, span: number) => string
  readonly models: { readonly add: (rows: string) => Model; readonly parts: Model; readonly whole: Model }
  readonly progress: (line: string) => void
  readonly cost: (work: () => Promise<unknown>) => Promise<number>
}

async function compared(name: string, { rows, run, values, models, progress, cost }: Compared): Promise<Measure> {
  const [ours, full]: [number[], number[]] = [[], []]
  const share = Math.max(1, Math.floor(rows / days))
  progress(`${name}: the rows that are there`)
  await run(models.add(values(0, rows - share, 0, days - 1)), 0)
  await run(models.parts, 0)
  for (let round = 1; round <= rounds(3); round++) {
    progress(`${name}, round ${round}`)
    // A day of new rows, some of which belong to the day before.
    await run(models.add(values(rows * round, share, days - 3 + round, 2)), round)
    ours.push(await cost(() => run(models.parts, round)))
    full.push(await cost(() => run(models.whole, round)))
  }
  return measure(`1 % new rows by partition (${name})`, median(ours), 'ms', timesLimit(0.1), median(full))
}

function modelsOf({ source, parts, whole }: typeof inLake | typeof inWarehouse): Compared['models'] {
  // To the types both stores are one.
  const of = { source: source as typeof inLake.source, parts: parts as typeof inLake.parts, whole: whole as typeof inLake.whole }
  const summed = (from: typeof of.source) =>
    sql`select day, shop, count(*) as rows, count(distinct customer) as customers, sum(cents) as cents from ${from} group by day, shop`
  const plain = (each: unknown) => each as Model
  return {
    add: (rows) => plain(model({ into: of.source, refresh: 'batch', query: () => sql`${rawSql(rows)}` })),
    parts: plain(model({ into: of.parts, from: { source: of.source }, refresh: 'partition', query: ({ source }) => summed(source) })),
    whole: plain(model({ into: of.whole, from: { source: of.source }, refresh: 'full', query: ({ source }) => summed(source) })),
  }
}
