import { dataset, integer, type Load, load, type Model, model, rawSql, sql, text, timestamp } from '@sluice/author'
import { refTo, testReading } from '@sluice/author/testing'
import { batchId, type Receipt, scheduledRunKey } from '@sluice/core'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { temporaryLake, writeTo } from '@sluice/lake/testing'
import { type TestWarehouse, testWarehouse } from '@sluice/warehouse/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runLoad } from '../load/run.ts'
import { runModel } from './run.ts'
import { runWarehouseModel } from './run-on-warehouse.ts'

const seed = seedOfRun()
const columns = { id: integer({ notNull: true }), v: text(), seen: integer() }
const key = ['id'] as const

const inLake = {
  plain: dataset('silver.plain', { on: 'lake', columns, key }),
  ordered: dataset('silver.ordered', { on: 'lake', columns, key, order: 'seen', deletionVectors: true }),
}
const crossed = {
  plain: dataset('public.plain', { on: 'warehouse', columns, key }),
  ordered: dataset('public.ordered', { on: 'warehouse', columns, key, order: 'seen' }),
}
const direct = {
  plain: dataset('public.plain_model', { on: 'warehouse', columns, key }),
  ordered: dataset('public.ordered_model', { on: 'warehouse', columns, key, order: 'seen' }),
}
const days = {
  lake: dataset('silver.days', { on: 'lake', columns: { until: timestamp(), v: text() } }),
  warehouse: dataset('public.days', { on: 'warehouse', columns: { until: timestamp(), v: text() } }),
}

let demo: TestWarehouse
let at: Awaited<ReturnType<typeof temporaryLake>>
beforeAll(async () => {
  demo = await testWarehouse(crossed.plain, crossed.ordered, direct.plain, direct.ordered, days.warehouse)
})
afterAll(() => demo.close())
beforeEach(async () => {
  at = await temporaryLake()
  await demo.warehouse.pool.query(
    'truncate plain, ordered, plain_model, ordered_model, days, sluice_loads, sluice_quarantine, sluice_superseded',
  )
})
afterEach(() => at.close())

interface Row {
  readonly id: number
  readonly v: string
  readonly seen: number | null
}
type Name = keyof typeof inLake

const hour = 3_600_000
const intervalOf = (tick: number) => ({ start: (tick - 1) * hour, end: tick * hour })
const writeAt = (name: string, tick: number, generation: number) => {
  const write = writeTo(name, { tick: tick * hour, generation })
  const store = name.startsWith('public.') ? 'warehouse' : 'lake'
  const identity = {
    project: write.project,
    pipeline: write.pipeline,
    task: write.task,
    mapKey: null,
    dataset: `demo:${store}.${name}`,
    write: 'main',
  }
  return {
    ...write,
    dataset: identity.dataset,
    batch: batchId({ ...identity, runKey: scheduledRunKey(tick * hour) }),
    interval: intervalOf(tick),
  }
}

/** The same SQL in both engines. */
const rowsSql = (rows: readonly Row[]): string => {
  const values = rows.map(({ id, v, seen }) => `(${id}, '${v}', ${seen ?? 'null'})`)
  return `select id::integer as id, v::text as v, seen::integer as seen
    from (values ${[...values, "(null, '', null)"].join(', ')}) t (id, v, seen) where id is not null`
}
const modelOf = (into: unknown, rows: readonly Row[], refresh: 'batch' | 'key'): Model =>
  model({ into: into as typeof inLake.plain, refresh, query: () => sql`${rawSql(rowsSql(rows))}` }) as unknown as Model

async function intoLake(
  name: Name,
  tick: number,
  rows: readonly Row[],
  generation = 0,
  refresh: 'batch' | 'key' = 'key',
): Promise<Receipt> {
  const write = writeAt(inLake[name].name, tick, generation)
  return await runModel({ model: modelOf(inLake[name], rows, refresh), write, reading: testReading([inLake[name]]), lake: at.lake })
}

/** Brings a batch of the lake to the warehouse. */
async function cross(name: Name, tick: number, of: Receipt, mode: 'append' | 'upsert'): Promise<void> {
  const [from, into] = [inLake[name] as unknown as typeof inLake.ordered, crossed[name] as unknown as typeof crossed.ordered]
  const step = load({ from, into, mode }) as unknown as Load
  const reading = testReading([inLake[name]], { batches: { [inLake[name].id]: [refTo('lake', of)] } })
  const write = writeAt(crossed[name].name, tick, of.generation)
  await runLoad({ load: step, write, reading, lake: at.lake, warehouse: demo.warehouse })
}

const ofModel = (name: Name, tick: number, rows: readonly Row[], generation: number) =>
  runWarehouseModel({
    model: modelOf(direct[name], rows, 'key'),
    write: writeAt(direct[name].name, tick, generation),
    reading: testReading([direct[name]]),
    warehouse: demo.warehouse,
  })

async function inTable(name: string): Promise<readonly Row[]> {
  const rows = (await Array.fromAsync(at.lake.read(name))).flat() as unknown as (Row & { readonly _batch: string })[]
  return rows.map(({ id, v, seen }) => ({ id, v, seen })).toSorted((a, b) => a.id - b.id || (a.v < b.v ? -1 : 1))
}
const inWarehouse = (table: string) => demo.warehouse.pool.query<Row>(`select id, v, seen from ${table} order by id`)

/** Under each key the latest row, of batches in order of their data; `earliest` where the first one stays. */
function applied(batches: ReadonlyMap<number, readonly Row[]>, byColumn: boolean, stays: 'latest' | 'earliest'): readonly Row[] {
  const table = new Map<number, { readonly row: Row; readonly order: readonly [number, number] }>()
  for (const [tick, rows] of [...batches].toSorted(([a], [b]) => a - b)) {
    for (const row of rows) {
      const order = [byColumn ? (row.seen ?? -1) : 0, tick] as const
      const there = table.get(row.id)
      const later = there === undefined || order[0] > there.order[0] || (order[0] === there.order[0] && order[1] >= there.order[1])
      if (there === undefined || later === (stays === 'latest')) table.set(row.id, { row, order })
    }
  }
  return [...table.values()].map(({ row }) => row).toSorted((a, b) => a.id - b.id)
}

/** Runs, clears, backfills, late and corrected batches; some bring a key twice. */
function sequence(next: (below: number) => number, steps: number) {
  const batches = new Map<number, readonly Row[]>()
  const generations = new Map<number, number>()
  return Array.from({ length: steps }, (_, step) => {
    const tick = 1 + next(7)
    const ids = Array.from({ length: next(7) }, () => next(6))
    const rows = ids.map((id, place) => ({ id, v: `t${tick} s${step} p${place}`, seen: next(4) === 0 ? null : next(5) }))
    const generation = (generations.get(tick) ?? -1) + 1
    generations.set(tick, generation)
    batches.set(tick, rows)
    return { tick, rows, generation, batches: new Map(batches) }
  })
}

describe.each(['plain', 'ordered'] as const)('%s', (name) => {
  test(`any sequence of runs by key ends in both stores as the batches in order of their data (SLUICE_SEED=${seed})`, async () => {
    const { integer: next } = seeded(seed)
    for (const [step, { tick, rows, generation, batches }] of sequence(next, 20).entries()) {
      const receipt = await intoLake(name, tick, rows, generation)
      expect(receipt.rowsIn).toBe(rows.length)
      await cross(name, tick, receipt, 'upsert')
      await ofModel(name, tick, rows, generation)
      const expected = applied(batches, name === 'ordered', 'latest')
      const where = `SLUICE_SEED=${seed}, step ${step}`
      expect(await inTable(inLake[name].name), where).toEqual(expected)
      expect(await inWarehouse(name), where).toEqual(expected)
      expect(await inWarehouse(`${name}_model`), where).toEqual(expected)
    }
    expect(await inTable(inLake[name].name)).not.toEqual([])
  })

  test(`any sequence of runs by batch is all batches in the lake, and by append the earliest of each key (SLUICE_SEED=${seed})`, async () => {
    const { integer: next } = seeded(seed + 1)
    for (const [step, { tick, rows, generation, batches }] of sequence(next, 12).entries()) {
      const receipt = await intoLake(name, tick, rows, generation, 'batch')
      await cross(name, tick, receipt, 'append')
      const where = `SLUICE_SEED=${seed}, step ${step}`
      const whole = new Map(
        [...batches].map(([of, each]) => [
          of,
          applied(new Map([[of, each]]), name === 'ordered', name === 'ordered' ? 'latest' : 'earliest'),
        ]),
      )
      const kept = name === 'ordered' ? withFirstOfTies(batches) : whole
      expect(await inTable(inLake[name].name), where).toEqual(
        [...kept.values()].flat().toSorted((a, b) => a.id - b.id || (a.v < b.v ? -1 : 1)),
      )
      expect(await inWarehouse(name), where).toEqual(applied(kept, name === 'ordered', 'earliest'))
    }
  })
})

/** Of each batch the newest row of a key by the order column, the first of those that are equally new. */
const withFirstOfTies = (batches: ReadonlyMap<number, readonly Row[]>): ReadonlyMap<number, readonly Row[]> =>
  new Map(
    [...batches].map(([tick, rows]) => {
      const best = new Map<number, Row>()
      for (const row of rows) {
        const there = best.get(row.id)
        if (there === undefined || (row.seen ?? -1) > (there.seen ?? -1)) best.set(row.id, row)
      }
      return [tick, [...best.values()]]
    }),
  )

test(`any sequence of full refreshes holds in both stores what the newest run shows (SLUICE_SEED=${seed})`, async () => {
  const { integer: next } = seeded(seed + 2)
  const whole = (into: unknown): Model =>
    model({
      into: into as typeof days.lake,
      refresh: 'full',
      query: (_, { interval }) => sql`select ${interval.end} as until, ${'x'} as v`,
    }) as unknown as Model
  const generations = new Map<number, number>()
  for (let step = 0; step < 12; step++) {
    const tick = 1 + next(6)
    const generation = (generations.get(tick) ?? -1) + 1
    generations.set(tick, generation)
    const reading = (of: unknown) => testReading([of as typeof days.lake], { interval: intervalOf(tick) })
    await runModel({ model: whole(days.lake), write: writeAt('silver.days', tick, generation), reading: reading(days.lake), lake: at.lake })
    await runWarehouseModel({
      model: whole(days.warehouse),
      write: writeAt('public.days', tick, generation),
      reading: reading(days.warehouse),
      warehouse: demo.warehouse,
    })
    const newest = Math.max(...generations.keys()) * hour
    const lake = (await Array.fromAsync(at.lake.read('silver.days'))).flat().map(({ until }) => until)
    expect(lake, `SLUICE_SEED=${seed}, step ${step}`).toEqual([new Date(newest).toISOString()])
    expect(await demo.warehouse.pool.query('select until from days')).toEqual([{ until: newest }])
  }
})

test('batches by key that come at one moment lose nothing of one another', async () => {
  const ticks = [1, 2, 3, 4, 5]
  const rows = (tick: number): readonly Row[] => [0, 1, 2].map((id) => ({ id: (id * tick) % 4, v: `t${tick} ${id}`, seen: tick }))
  await Promise.all(ticks.map((tick) => intoLake('plain', tick, rows(tick))))
  const batches = new Map(ticks.map((tick) => [tick, rows(tick)]))
  expect(await inTable('silver.plain')).toEqual(applied(batches, false, 'latest'))
  await Promise.all(ticks.slice(2).map((tick) => intoLake('plain', tick, [], 1)))
  for (const tick of ticks.slice(2)) batches.set(tick, [])
  expect(await inTable('silver.plain')).toEqual(applied(batches, false, 'latest'))
})

const wholeDays = model({
  into: days.lake,
  refresh: 'full',
  query: (_, { interval }) => sql`select ${interval.end} as until, 'x' as v`,
}) as unknown as Model
const refresh = (tick: number) =>
  runModel({
    model: wholeDays,
    write: writeAt('silver.days', tick, 0),
    reading: testReading([days.lake], { interval: intervalOf(tick) }),
    lake: at.lake,
  })
const shown = async () => (await Array.fromAsync(at.lake.read('silver.days'))).flat().map(({ until }) => until)

test('of full refreshes at one moment the one of the newest run is the last', async () => {
  await Promise.all([3, 1, 4, 2, 5].map(refresh))
  expect(await shown()).toEqual([new Date(5 * hour).toISOString()])
})

test('a full refresh that was evaluated before another one wrote is not committed over it', async () => {
  using older = await at.lake.batch(writeAt('silver.days', 1, 0))
  if (older.receipt !== undefined) throw new Error('it is not written yet')
  await refresh(2)
  const rows = {
    good: "SELECT TIMESTAMPTZ '1970-01-01 01:00:00+00' AS until, 'x' AS v",
    broken: `SELECT 0 AS row_number, '' AS rule, '' AS place, '' AS cells WHERE false`,
    messages: {},
    counts: { rowsIn: 1, rowsQuarantined: 0 },
  }
  const written = older.finish({ columns: days.lake.columns, mode: 'overwrite', judge: () => Promise.resolve(rows) })
  await expect(written).rejects.toMatchObject({ code: 'lake.outdated' })
  expect(await shown()).toEqual([new Date(2 * hour).toISOString()])
})

test('what was superseded for longer than its dataset says goes with the first batch of a day, but for the next in line of each key', async () => {
  const short = dataset('silver.short', { on: 'lake', columns, key, superseded: '2d' })
  const run = async (day: number, rows: readonly Row[], generation = 0) =>
    await runModel({
      model: modelOf(short, rows, 'key'),
      write: writeAt('silver.short', day * 24, generation),
      reading: testReading([short as never]),
      lake: at.lake,
    })
  const of = (day: number, ...ids: readonly number[]): readonly Row[] => ids.map((id) => ({ id, v: `day ${day}`, seen: null }))
  await run(1, of(1, 1, 2))
  await run(2, of(2, 1, 2))
  for (const day of [3, 4, 5, 6]) await run(day, of(day, 1))
  expect((await inTable('silver.short__batches')).map(({ id, v }) => `${id} of ${v}`)).toEqual([
    '1 of day 4',
    '1 of day 5',
    '1 of day 6',
    '2 of day 1',
    '2 of day 2',
  ])
  await run(6, [], 1)
  await run(2, of(2, 1), 1)
  expect(await inTable('silver.short')).toEqual([...of(5, 1), ...of(1, 2)])
})

test('a table whose rows did not come by key is not refreshed by key, nor the other way round, and the way on is named', async () => {
  const rebuild = { code: 'definition.invalid', next: expect.stringContaining('sluice models rebuild silver.plain') }
  await intoLake('plain', 1, [{ id: 1, v: 'a', seen: null }], 0, 'batch')
  await expect(intoLake('plain', 2, [{ id: 1, v: 'b', seen: null }], 0, 'key')).rejects.toMatchObject(rebuild)
  await intoLake('ordered', 1, [{ id: 1, v: 'a', seen: null }], 0, 'key')
  await expect(intoLake('ordered', 2, [{ id: 1, v: 'b', seen: null }], 0, 'batch')).rejects.toMatchObject({ code: 'definition.invalid' })
  await intoLake('ordered', 1, [], 1, 'key')
  expect(await inTable('silver.ordered')).toEqual([])
})

test('a model by key that reads its own table reads it as if its batch was not there yet', async () => {
  const summed = (tick: number, generation: number) =>
    runModel({
      model: model({
        into: inLake.plain,
        refresh: 'key',
        query: (_, { interval }) => sql`select 1 as id, 'x' as v, coalesce(max(seen), 0) + 1 as seen from ${inLake.plain}
          where ${interval.start} is not null`,
      }) as unknown as Model,
      write: writeAt('silver.plain', tick, generation),
      reading: testReading([inLake.plain], { interval: intervalOf(tick) }),
      lake: at.lake,
    })
  await summed(1, 0)
  await summed(2, 0)
  expect(await inTable('silver.plain')).toEqual([{ id: 1, v: 'x', seen: 2 }])
  await summed(2, 1)
  expect(await inTable('silver.plain')).toEqual([{ id: 1, v: 'x', seen: 2 }])
})
