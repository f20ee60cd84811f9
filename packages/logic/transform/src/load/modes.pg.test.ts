import { dataset, integer, type Load, load, type Model, model, rawSql, sql, text } from '@sluice/author'
import { refTo, testAttempt, testReading } from '@sluice/author/testing'
import { batchId, type Receipt, scheduledRunKey } from '@sluice/core'
import { long, seeded, seedOfRun } from '@sluice/core/testing'
import { temporaryLake, writeTo } from '@sluice/lake/testing'
import { type TestWarehouse, testWarehouse } from '@sluice/warehouse/testing'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { transformCapability } from '../capability/index.ts'
import { runModel } from '../model/run.ts'
import { runLoad } from './run.ts'

const seed = seedOfRun()
const columns = { id: integer({ notNull: true }), v: text(), seen: integer() }
const rowsOf = dataset('silver.rows', { on: 'lake', columns })
const key = ['id'] as const
const tables = {
  plain: dataset('public.plain', { on: 'warehouse', columns, key }),
  ordered: dataset('public.ordered', { on: 'warehouse', columns, key, order: 'seen' }),
}
type Name = keyof typeof tables

let demo: TestWarehouse
let at: Awaited<ReturnType<typeof temporaryLake>>
beforeAll(async () => {
  demo = await testWarehouse(tables.plain, tables.ordered)
})
afterAll(() => demo.close())
beforeEach(async () => {
  at = await temporaryLake()
  await demo.warehouse.pool.query('truncate plain, ordered, sluice_loads, sluice_quarantine, sluice_superseded')
})
afterEach(() => at.close())

interface Row {
  readonly id: number
  readonly v: string
  readonly seen: number | null
}

const hour = 3_600_000
const writeAt = (name: string, tick: number, generation: number, task?: string) => {
  const write = { ...writeTo(name, { tick: tick * hour, generation }), ...(task === undefined ? {} : { task }) }
  const dataset = `demo:${name.startsWith('public.') ? 'warehouse' : 'lake'}.${name}`
  const identity = { project: write.project, pipeline: write.pipeline, task: write.task, mapKey: null, dataset, write: 'main' }
  const interval = { start: (tick - 1) * hour, end: tick * hour }
  return { ...write, dataset, batch: batchId({ ...identity, runKey: scheduledRunKey(tick * hour) }), interval }
}

const land = async (tick: number, rows: readonly Row[], generation = 0): Promise<Receipt> => {
  const values = rows.map(({ id, v, seen }) => `(${id}, '${v}', ${seen ?? 'null'})`)
  const text = `select id::integer as id, v::text as v, seen::integer as seen from (values ${[...values, "(null, '', null)"].join(', ')}) t (id, v, seen) where id is not null`
  const of = model({ into: rowsOf, refresh: 'batch', query: () => sql`${rawSql(text)}` }) as unknown as Model
  return await runModel({ model: of, write: writeAt('silver.rows', tick, generation), reading: testReading([rowsOf]), lake: at.lake })
}

async function cross(name: Name, mode: 'new' | 'full', { tick, generation, of, task }: Crossing): Promise<Receipt> {
  const step = load({ from: rowsOf, into: tables[name] as typeof tables.plain, mode }) as unknown as Load
  const reading = testReading([rowsOf], { batches: { [rowsOf.id]: [refTo('lake', of)] } })
  const write = writeAt(tables[name].name, tick, generation, task)
  return await runLoad({ load: step, write, reading, lake: at.lake, warehouse: demo.warehouse })
}
interface Crossing {
  readonly tick: number
  readonly generation: number
  readonly of: Receipt
  readonly task?: string
}
const held = (name: Name) => demo.warehouse.pool.query<Row>(`select id, v, seen from ${name} order by id, v`)

/** Of each key the earliest row, of batches in the order of their data. */
function firstOfEach(batches: ReadonlyMap<number, readonly Row[]>, byColumn: boolean): readonly Row[] {
  const all = [...batches].flatMap(([tick, rows]) =>
    rows.map((row, place) => ({ row, order: [byColumn ? (row.seen ?? -1) : 0, tick, place] })),
  )
  const sorted = all.toSorted((a, b) => a.order.map((value, at) => value - (b.order[at] ?? 0)).find((by) => by !== 0) ?? 0)
  const first = new Map<number, Row>()
  for (const { row } of sorted) if (!first.has(row.id)) first.set(row.id, row)
  return [...first.values()].toSorted((a, b) => a.id - b.id)
}

function* sequence(next: (below: number) => number, steps: number) {
  const batches = new Map<number, readonly Row[]>()
  const generations = new Map<number, number>()
  for (let step = 0; step < steps; step++) {
    const tick = 1 + next(6)
    const ids = Array.from({ length: next(6) }, () => next(6))
    const rows = ids.map((id, place) => ({ id, v: `t${tick} s${step} p${place}`, seen: next(4) === 0 ? null : next(5) }))
    const generation = (generations.get(tick) ?? -1) + 1
    generations.set(tick, generation)
    batches.set(tick, rows)
    yield { tick, rows, generation, batches, where: `SLUICE_SEED=${seed}, step ${step}` }
  }
}

test.each(['plain', 'ordered'] as const)(
  `any sequence of loads of new keys ends with the earliest row of each (%s, SLUICE_SEED=${seed})`,
  async (name) => {
    const { integer: next } = seeded(seed)
    for (const { tick, rows, generation, batches, where } of sequence(next, long ? 80 : 10)) {
      const receipt = await cross(name, 'new', { tick, generation, of: await land(tick, rows, generation) })
      expect([receipt.rowsIn, receipt.rowsWritten, receipt.rowsQuarantined], where).toEqual([rows.length, rows.length, 0])
      expect(await held(name), where).toEqual(firstOfEach(batches, name === 'ordered'))
    }
  },
)

test(`any sequence of whole loads ends with the newest batch, and an older one is refused (SLUICE_SEED=${seed})`, async () => {
  const { integer: next } = seeded(seed + 1)
  for (const { tick, rows, generation, batches, where } of sequence(next, long ? 60 : 8)) {
    const unique = rows.filter(({ id }, place) => rows.findIndex((row) => row.id === id) === place)
    batches.set(tick, unique)
    const newest = Math.max(...batches.keys())
    const loading = cross('plain', 'full', { tick, generation, of: await land(tick, unique, generation) })
    if (tick < newest) await expect(loading, where).rejects.toMatchObject({ code: 'warehouse.overtaken' })
    else await loading
    expect(await held('plain'), where).toEqual((batches.get(newest) ?? []).toSorted((a, b) => a.id - b.id))
  }
})

test('two pipelines that load new keys into one table at one moment neither wait for each other for ever nor lose a row', async () => {
  const ids = (from: number): readonly Row[] =>
    Array.from({ length: 40 }, (_, n) => ({ id: (from * 7 + n * 13) % 60, v: `of ${from}`, seen: n }))
  const batches = await Promise.all([1, 2, 3, 4].map(async (tick) => ({ tick, of: await land(tick, ids(tick)), rows: ids(tick) })))
  await Promise.all(batches.map(({ tick, of }) => cross('plain', 'new', { tick, generation: 0, of, task: `t${tick % 2}` })))
  expect(await held('plain')).toEqual(firstOfEach(new Map(batches.map(({ tick, rows }) => [tick, rows])), false))
})

const stores = () => ({
  lake: async () => at.lake,
  warehouse: async () => demo.warehouse,
  asking: () => ({}) as never,
  database: () => ({}) as never,
  place: {} as never,
})
const attemptOf = (step: Load, tick: number, refs: readonly Receipt[], params: Readonly<Record<string, number>> = {}) =>
  testAttempt(step, {
    run: {
      id: `r${tick}`,
      project: 'demo',
      pipeline: 'q',
      key: scheduledRunKey(tick * hour),
      logicalTime: tick * hour,
      trigger: 'scheduled',
    },
    params,
    batches: { written: async () => refs.map((ref) => refTo('lake', ref)), waiting: async () => [] },
  })

test('a step with nothing new at hand is skipped with the reason, and a whole table is never emptied by that', async () => {
  const { load: run } = transformCapability(stores()).steps as {
    readonly load: (attempt: ReturnType<typeof attemptOf>) => Promise<unknown>
  }
  const choosy = load({ from: rowsOf, into: tables.plain, mode: 'upsert', nothingNew: 'skip' }) as unknown as Load
  const whole = load({ from: rowsOf, into: tables.plain, mode: 'full' }) as unknown as Load
  const landed = await land(1, [{ id: 1, v: 'a', seen: 1 }])
  await run(attemptOf(choosy, 1, [landed]))
  await expect(run(attemptOf(choosy, 2, []))).rejects.toMatchObject({
    name: 'SluiceSkip',
    message: 'no batch of lake.silver.rows is at hand that warehouse.public.plain does not have already',
  })
  await expect(run(attemptOf(choosy, 2, [await land(2, [])]))).rejects.toMatchObject({
    name: 'SluiceSkip',
    message: expect.stringMatching(/^no row of/),
  })
  await expect(run(attemptOf(whole, 3, []))).rejects.toMatchObject({
    name: 'SluiceSkip',
    message: expect.stringMatching(/it stays as it is$/),
  })
  expect(await held('plain')).toEqual([{ id: 1, v: 'a', seen: 1 }])
})

test('a run may ask for an older version of the table, and the next one loads what is at hand again', async () => {
  const { load: run } = transformCapability(stores()).steps as {
    readonly load: (attempt: ReturnType<typeof attemptOf>) => Promise<unknown>
  }
  const step = load({ from: rowsOf, into: tables.plain, mode: 'full', versionParam: 'version' }) as unknown as Load
  const first = await land(1, [{ id: 1, v: 'a', seen: 1 }])
  const second = await land(2, [{ id: 2, v: 'b', seen: 2 }])
  await run(attemptOf(step, 2, [first, second]))
  expect(await held('plain')).toEqual([{ id: 2, v: 'b', seen: 2 }])
  await run(attemptOf(step, 3, [], { version: Number(first.version) }))
  expect(await held('plain')).toEqual([{ id: 1, v: 'a', seen: 1 }])
  await run(attemptOf(step, 4, [await land(4, [{ id: 4, v: 'd', seen: 4 }])]))
  expect(await held('plain')).toEqual([{ id: 4, v: 'd', seen: 4 }])
  await expect(run(attemptOf(step, 5, [], { version: -1 }))).rejects.toMatchObject({
    code: 'input.invalid',
    next: expect.stringContaining('sluice lake history silver.rows'),
  })
})

test('of two batches at hand that bring one key, as two files of a pull do, the later row in order is upserted and none is left out', async () => {
  const keyed = dataset('silver.keyed', { on: 'lake', columns, key: ['id'], order: 'seen' })
  const brought = async (tick: number, rows: string) => {
    const of = model({
      into: keyed,
      refresh: 'key',
      query: () => sql`${rawSql(`select id, v, seen from (values ${rows}) t (id, v, seen)`)}`,
    })
    const write = writeAt('silver.keyed', tick, 0)
    return refTo('lake', await runModel({ model: of as unknown as Model, write, reading: testReading([keyed]), lake: at.lake }))
  }
  const first = await brought(1, `(1, 'old', 1), (2, 'new', 9), (3, 'alone', 1)`)
  const second = await brought(2, `(1, 'new', 5), (2, 'old', 2), (4, 'alone', 1)`)
  const step = load({ from: keyed, into: tables.ordered, mode: 'upsert' }) as unknown as Load
  const reading = testReading([keyed], { batches: { [keyed.id]: [first, second] } })
  const receipt = await runLoad({ load: step, write: writeAt('public.ordered', 2, 0), reading, lake: at.lake, warehouse: demo.warehouse })
  expect([receipt.rowsIn, receipt.rowsWritten, receipt.rowsQuarantined]).toEqual([4, 4, 0])
  expect((await held('ordered')).map(({ id, v }) => `${id} ${v}`)).toEqual(['1 new', '2 new', '3 alone', '4 alone'])
})
