import { dataset, date, integer, type Model, model, rawSql, type Sql, sql, text } from '@sluice/author'
import { testReading } from '@sluice/author/testing'
import { long, seeded, seedOfRun } from '@sluice/core/testing'
import { temporaryLake, writeTo } from '@sluice/lake/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { rebuild } from '../rebuild/rebuild.ts'
import { runModel } from './run.ts'

const seed = seedOfRun()
const day = date({ notNull: true })
const columns = { id: integer({ notNull: true }), day, n: integer() }
const keyed = dataset('silver.keyed', { on: 'lake', columns, key: ['id'] })
const added = dataset('silver.added', { on: 'lake', columns })
const names = dataset('silver.names', { on: 'lake', columns: { n: integer(), name: text() } })
const perDay = dataset('silver.per_day', {
  on: 'lake',
  columns: { day, name: text({ notNull: true }), rows: integer(), sum: integer() },
  key: ['day', 'name'],
  partition: 'day',
})
const full = dataset('silver.full', { on: 'lake', columns: perDay.columns, key: ['day', 'name'] })
const datasets = [keyed, added, names, perDay, full]

const query = sql`
  select day, coalesce(name, 'none') as name, count(*) as rows, sum(n) as sum
  from (select * from ${keyed} union all select * from ${added}) left join ${names} using (n) group by all`
const refreshed = (into: typeof full | typeof perDay, refresh: 'full' | 'partition', of: Sql = query): Model =>
  model({ into: into as typeof perDay, from: { keyed, added, names }, refresh, query: () => of as typeof query }) as unknown as Model

let at: Awaited<ReturnType<typeof temporaryLake>>
beforeEach(async () => {
  at = await temporaryLake()
})
afterEach(() => at.close())

const run = (of: Model, tick: number, generation = 0, onChanged?: (changed: string) => void) =>
  runModel({
    model: of,
    write: writeTo(of.into.name, { tick: tick * 3_600_000, generation }),
    reading: testReading(datasets),
    lake: at.lake,
    ...(onChanged === undefined ? {} : { onChanged }),
  })

type Row = readonly [id: number, day: number, n: number | null]
const rowsSql = (rows: readonly Row[]): string =>
  `select * from (values ${[...rows, [null, 1, null] as const].map(([id, day, n]) => `(${id}, date '2026-11-01' + ${day}, ${n})`).join(', ')}) t (id, day, n) where id is not null`
const write = (into: typeof keyed | typeof added, tick: number, rows: readonly Row[], generation: number) =>
  run(
    model({
      into: into as typeof keyed,
      refresh: into === keyed ? 'key' : 'batch',
      query: () => sql`${rawSql(rowsSql(rows))}`,
    }) as unknown as Model,
    tick,
    generation,
  )
const name = (tick: number, of: readonly (readonly [n: number, name: string])[]) =>
  run(
    model({
      into: names,
      refresh: 'full',
      query: () => sql`${rawSql(`select * from (values ${of.map(([n, name]) => `(${n}, '${name}')`).join(', ')}) t (n, name)`)}`,
    }) as unknown as Model,
    tick,
  )

async function contents(of: typeof perDay | typeof full) {
  const connection = await at.lake.connect()
  try {
    return await connection.rows(
      `select day::varchar as day, name, rows, sum from (${await at.lake.scan(connection, of.name)}) order by all`,
    )
  } finally {
    connection.close()
  }
}

async function makeBoth(tick: number, generation = 0) {
  const receipt = await run(refreshed(perDay, 'partition'), tick, generation)
  await run(refreshed(full, 'full'), tick, generation)
  return receipt
}

test(`partitions that are made anew leave what one full refresh does, whatever came (S4-60, SLUICE_SEED=${seed})`, async () => {
  const { integer: next } = seeded(seed)
  // Both tables are there, and have a row, whatever is drawn.
  for (const into of [keyed, added]) await write(into, 1, [[0, 1, 1]], 0)
  const generations = new Map([keyed, added].map((into) => [`${into.name} 1`, 0]))
  let made = 0
  for (let step = 0; step < (long ? 60 : 4); step++) {
    for (let writes = next(3); writes >= 0; writes--) {
      const [into, tick] = [next(2) === 0 ? keyed : added, 1 + next(5)]
      const generation = (generations.get(`${into.name} ${tick}`) ?? -1) + 1
      generations.set(`${into.name} ${tick}`, generation)
      const ids = [...new Set(Array.from({ length: next(5) }, () => next(12)))]
      await write(
        into,
        tick,
        ids.map((id): Row => [id, next(6), next(4) === 0 ? null : next(5)]),
        generation,
      )
    }
    if (next(4) === 0)
      await name(100 + step, [
        [next(5), 'a'],
        [7, 'b'],
      ])
    if (next(5) === 0) await at.lake.optimize(keyed.name)
    const receipt = await makeBoth(1_000 + (next(2) === 0 ? step : 0), step)
    made += receipt.rowsWritten
    expect(await contents(perDay), `SLUICE_SEED=${seed}, step ${step}`).toEqual(await contents(full))
  }
  expect(made).toBeGreaterThan(0)
})

test('only partitions of which a row has changed are made anew; a write that changes none makes none', async () => {
  await write(
    keyed,
    1,
    [
      [1, 1, 1],
      [2, 2, 2],
      [3, 3, 3],
    ],
    0,
  )
  expect(await makeBoth(10)).toMatchObject({ rowsWritten: 3 })
  await write(keyed, 2, [[2, 4, 2]], 0)
  expect(await makeBoth(11)).toMatchObject({ rowsIn: 1, rowsWritten: 1 })
  expect(await contents(perDay)).toMatchObject([{ day: '2026-11-02' }, { day: '2026-11-04' }, { day: '2026-11-05' }])
  expect(await makeBoth(12)).toMatchObject({ rowsWritten: 0 })
  await at.lake.optimize(keyed.name)
  expect(await makeBoth(13)).toMatchObject({ rowsWritten: 0 })
  expect(await makeBoth(11)).toMatchObject({ rowsWritten: 1, replayed: true })
  await write(keyed, 2, [], 1)
  expect(await makeBoth(14)).toMatchObject({ rowsWritten: 1 })
  expect(await contents(perDay)).toEqual(await contents(full))
  await name(1, [[1, 'one']])
  expect(await makeBoth(15)).toMatchObject({ rowsWritten: 3 })
})

test('all partitions are made anew where the SQL has changed, another has written the table, or the versions before are gone', async () => {
  await write(
    keyed,
    1,
    [
      [1, 1, 1],
      [2, 2, 2],
    ],
    0,
  )
  await makeBoth(10)
  const told: string[] = []
  const twice = sql`select day, 'twice' as name, 2 * count(*) as rows, sum(n) as sum from ${keyed} group by all`
  const other = model({ into: perDay, from: { keyed }, refresh: 'partition', query: () => twice }) as unknown as Model
  await run(other, 11, 0, (changed) => told.push(changed))
  expect(told).toEqual(['its SQL'])
  expect(await contents(perDay)).toMatchObject([{ rows: 2 }, { rows: 2 }])
  await run(refreshed(perDay, 'full'), 12)
  expect(await run(other, 13)).toMatchObject({ rowsWritten: 2 })
  const connection = await at.lake.connect()
  const version = await at.lake.versionOf(connection, keyed.name)
  expect(await at.lake.touched(connection, keyed.name, { from: 999, to: version ?? 0, column: 'day' })).toBe('all')
  connection.close()
})

test('a rebuild makes all partitions anew, and the next run goes on from there', async () => {
  await write(
    keyed,
    1,
    [
      [1, 1, 1],
      [2, 2, 2],
    ],
    0,
  )
  await makeBoth(10)
  await write(keyed, 2, [[2, 3, 2]], 0)
  await makeBoth(11)
  const all = sql`select day, 'all' as name, count(*) as rows, sum(n) as sum from ${keyed} group by all`
  const other = model({ into: perDay, from: { keyed }, refresh: 'partition', query: () => all }) as unknown as Model
  const anew = {
    lake: at.lake,
    models: [other],
    datasets: new Map(datasets.map((each) => [each.id, each])),
    timeZone: 'UTC',
    by: 'me',
    goOn: () => true,
  }
  expect(await rebuild({ ...anew, dryRun: true })).toMatchObject({ batches: 1, finished: false })
  expect(await rebuild({ ...anew, dryRun: false })).toMatchObject({ finished: true, rows: 2 })
  expect(await contents(perDay)).toMatchObject([{ name: 'all' }, { name: 'all' }])
  await write(keyed, 3, [[3, 4, 3]], 0)
  expect(await makeBoth(12)).toMatchObject({ rowsWritten: 3 })
  expect(await contents(perDay)).toEqual(await contents(full))
})

test('runs of two pipelines at one moment lose nothing of one another', async () => {
  await write(keyed, 1, [[1, 1, 1]], 0)
  await makeBoth(10)
  await Promise.all([
    ...[2, 3, 4].map((tick) =>
      write(
        keyed,
        tick,
        [
          [tick, tick, tick],
          [1, tick, 5],
        ],
        0,
      ),
    ),
    ...[21, 22, 23, 24].map((tick) => run(refreshed(perDay, 'partition'), tick)),
  ])
  await makeBoth(30)
  expect(await contents(perDay)).toEqual(await contents(full))
})
