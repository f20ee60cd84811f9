import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type AnyDataset, boolean, dataset, integer, json, model, type Sql, sql, text, timestamp } from '@sluice/author'
import { refTo, testReading } from '@sluice/author/testing'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { firstTick, page, temporaryLake, writeTo } from '@sluice/lake/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type RunnableModel, runModel } from '../model/run.ts'
import { rebuild } from '../rebuild/rebuild.ts'
import { diffInLake } from './in-lake.ts'

let at: Awaited<ReturnType<typeof temporaryLake>>
beforeEach(async () => {
  at = await temporaryLake()
})
afterEach(() => at.close())

const minute = 60_000
const landed = dataset('bronze.seen', { on: 'lake', bodies: json('$[*]', { id: text(), n: text(), seen: integer() }) })
type Refresh = RunnableModel['refresh']
const columns = { id: text({ notNull: true }), n: integer(), seen: timestamp({ notNull: true }) }
const intoOf = (refresh: Refresh) =>
  refresh === 'scd2'
    ? dataset('silver.seen', {
        on: 'lake',
        columns: { ...columns, until: timestamp(), now: boolean({ notNull: true }) },
        key: ['id', 'seen'],
        quarantine: { fail: 1 },
        versions: { from: 'seen', to: 'until', current: 'now' },
      } as never)
    : dataset('silver.seen', {
        on: 'lake',
        columns,
        key: ['id'],
        quarantine: { fail: 1 },
        ...(refresh === 'key' ? { order: 'seen' } : {}),
      } as never)

/** @param n the number of a row, as the query gives it */
const modelOf = (refresh: Refresh, n = 'n'): RunnableModel =>
  model({
    into: intoOf(refresh),
    from: { landed },
    refresh,
    query: ({ landed }: { landed: { batch: Sql } & Sql }) =>
      sql`select id, ${rawOf(n)} as n, epoch_ms(seen::bigint) as seen from ${(refresh === 'full' ? landed : landed.batch) as never}`,
  } as never) as unknown as RunnableModel
const rawOf = (text: string): Sql => ({ kind: 'sql', parts: [{ kind: 'text', text }] }) as never

interface Seen {
  readonly id: string
  readonly n: number | string
  readonly seen: number
}

async function run(of: RunnableModel, turn: number, rows: readonly Seen[]) {
  const tick = firstTick + turn * minute
  const interval = { start: tick - minute, end: tick }
  const bronze = await at.lake.land(
    writeTo('bronze.seen', { tick }),
    (async function* () {
      yield page(JSON.stringify(rows.map((row) => ({ ...row, n: String(row.n) }))), { receivedAt: tick })
    })(),
  )
  const reading = testReading([landed, of.into as never], { batches: { [landed.id]: [refTo('lake', bronze)] }, interval })
  await runModel({ model: of, write: { ...writeTo('silver.seen', { tick }), task: of.name, interval }, reading, lake: at.lake })
}

const datasets = new Map<string, AnyDataset>([[landed.id, landed as unknown as AnyDataset]])
const diff = (of: RunnableModel, more: { batches?: number; percent?: number; examples?: number } = {}) =>
  diffInLake({ model: of, lake: at.lake, datasets, timeZone: 'UTC', examples: 3, ...more })

const table = async () => (await Array.fromAsync(at.lake.read('silver.seen'))).flat()

/** Every file of the lake, with its size and the time of its last change. */
async function files(): Promise<readonly string[]> {
  const names = (await readdir(at.root, { recursive: true, withFileTypes: true })).filter((each) => each.isFile())
  return (
    await Promise.all(
      names.map(async ({ parentPath, name }) => {
        const { size, mtimeMs } = await stat(join(parentPath, name))
        return `${join(parentPath, name)} ${size} ${mtimeMs}`
      }),
    )
  ).sort()
}

test.each(['batch', 'full', 'key', 'scd2'] as const)(
  'what it tells of a model by %s is what a rebuild then does, and until then no file of the lake has changed',
  async (refresh) => {
    const random = seeded(seedOfRun())
    const before = modelOf(refresh)
    for (let turn = 1; turn <= 4; turn++) {
      const ids = [...Array(12).keys()].filter(() => random.chance(0.6))
      const rows = ids.map((id) => ({
        id: `i${id}`,
        n: random.chance(0.1) ? 'odd' : random.integer(6),
        seen: 1_000 * (turn + random.integer(3)),
      }))
      await run(before, turn, rows)
    }
    const after = modelOf(
      refresh,
      `case when try_cast(n as integer) = 3 then null when n = '4' then 'odd' when n = '5' then '50' else n end`,
    )
    const [was, there] = [await table(), await files()]
    const told = await diff(after)
    expect(await files()).toEqual(there)
    expect(told.why).toBeNull()
    await rebuild({ lake: at.lake, models: [after], datasets, timeZone: 'UTC', dryRun: false, by: 'a test', goOn: () => true })
    const now = await table()
    const key = (row: object): string =>
      JSON.stringify([...after.into.key, ...(refresh === 'batch' ? ['_batch'] : [])].map((name) => Reflect.get(row, name)))
    const cells = (row: object): string => JSON.stringify(Object.keys(after.into.columns).map((name) => Reflect.get(row, name) ?? null))
    const [old, made] = [new Map(was.map((row) => [key(row), row])), new Map(now.map((row) => [key(row), row]))]
    const both = [...made].filter(([name]) => old.has(name))
    const changed = both.filter(([name, row]) => cells(row) !== cells(old.get(name) ?? {}))
    expect(told.rows).toEqual({
      would: now.length,
      stands: was.length,
      added: made.size - both.length,
      removed: old.size - both.length,
      changed: changed.length,
      same: both.length - changed.length,
    })
    expect(told.rows.changed + told.rows.removed).toBeGreaterThan(0)
    expect((await diff(after)).rows).toMatchObject({ added: 0, removed: 0, changed: 0, same: now.length })
  },
)

test('rows are told with both values, by column and kind, no more than asked for', async () => {
  await run(
    modelOf('full'),
    1,
    [1, 2, 3, 4].map((n) => ({ id: `i${n}`, n, seen: 1_000 })),
  )
  const told = await diff(modelOf('full', `case id when 'i1' then '10' when 'i2' then 'odd' else n end`), { examples: 1 })
  expect(told).toMatchObject({
    by: ['id'],
    batches: { compared: 1, of: 1 },
    rows: { would: 3, stands: 4, added: 0, removed: 1, changed: 1, same: 2 },
    quarantined: { would: 1, stands: 0 },
    changed: [{ column: 'n', rows: 1 }],
    cells: ['id', 'n', 'seen'],
  })
  expect(told.examples).toEqual([
    { kind: 'changed', times: 1, stands: ['i1', '1', '1970-01-01 00:00:01+00'], would: ['i1', '10', '1970-01-01 00:00:01+00'] },
    { kind: 'removed', times: 1, stands: ['i2', '2', '1970-01-01 00:00:01+00'], would: null },
  ])
})

test('the newest batches alone, and a share of the rows, are compared where that is asked', async () => {
  const of = modelOf('batch')
  for (const turn of [1, 2, 3])
    await run(
      of,
      turn,
      [...Array(200).keys()].map((n) => ({ id: `i${n}`, n, seen: 1_000 })),
    )
  const other = modelOf('batch', 'cast(cast(n as integer) + 1 as varchar)')
  expect(await diff(other, { batches: 1 })).toMatchObject({ batches: { compared: 1, of: 3 }, rows: { changed: 200, same: 0 } })
  const some = await diff(other, { percent: 20 })
  expect(some.rows).toMatchObject({ added: 0, removed: 0, same: 0 })
  expect(some.rows.changed).toBeGreaterThan(60)
  expect(some.rows.changed).toBeLessThan(180)
})

test('without a key, rows that are equal count as often as they stand there', async () => {
  const into = dataset('silver.seen', { on: 'lake', columns: { n: integer() } })
  const of = (n: string) =>
    model({
      into,
      from: { landed },
      refresh: 'batch',
      query: ({ landed }) => sql`select ${rawOf(n) as never} as n from ${landed.batch}`,
    }) as unknown as RunnableModel
  await run(
    of('n'),
    1,
    [1, 1, 2, 3].map((n) => ({ id: 'i', n, seen: 1 })),
  )
  const told = await diff(of("case n when '2' then '1' when '3' then null else n end"))
  expect(told.rows).toEqual({ would: 4, stands: 4, added: 2, removed: 2, changed: 0, same: 2 })
  expect(told.examples.map(({ kind, times, stands, would }) => [kind, times, ...(stands ?? would ?? [])])).toEqual([
    ['added', 1, '1'],
    ['added', 1, null],
    ['removed', 1, '2'],
    ['removed', 1, '3'],
  ])
})

test('what cannot be compared is said: no table, no batch of the model, a query that reads its own table', async () => {
  expect((await diff(modelOf('batch'))).why).toContain('does not exist yet')
  await run(modelOf('batch'), 1, [{ id: 'a', n: 1, seen: 1 }])
  expect((await diff({ ...modelOf('batch'), name: 'other' })).why).toContain('no rows of this model stand')
  const own = model({
    into: intoOf('key') as never,
    from: { landed },
    refresh: 'key',
    query: ({ landed }: { landed: { batch: Sql } }) =>
      sql`select id, n, seen from ${landed.batch as never} where id not in (select id from ${intoOf('key') as never})`,
  } as never) as unknown as RunnableModel
  expect((await diff({ ...own, name: modelOf('batch').name })).why).toContain('reads the table itself')
})

test('of partitions that were made anew one by one the whole table is compared', async () => {
  const keyed = intoOf('key') as unknown as AnyDataset
  const into = dataset('silver.parts', { on: 'lake', columns: { id: text({ notNull: true }), n: integer() }, key: ['id'], partition: 'id' })
  const of = (n: string) =>
    model({
      into,
      from: { keyed },
      refresh: 'partition',
      query: ({ keyed }: never) => sql`select id, ${rawOf(n) as never} as n from ${keyed as never}`,
    } as never) as unknown as RunnableModel
  const make = (turn: number) =>
    runModel({
      model: of('n'),
      write: { ...writeTo('silver.parts', { tick: firstTick + turn * minute }), task: 'silver.parts' },
      reading: testReading([keyed, into as never]),
      lake: at.lake,
    })
  await run(
    modelOf('key'),
    1,
    ['a', 'b', 'c'].map((id) => ({ id, n: 1, seen: 1 })),
  )
  await make(1)
  await run(modelOf('key'), 2, [{ id: 'b', n: 2, seen: 2 }])
  await make(2)
  const known = new Map<string, AnyDataset>([[keyed.id, keyed]])
  const told = await diffInLake({
    model: of("case id when 'a' then 9 else n end"),
    lake: at.lake,
    datasets: known,
    timeZone: 'UTC',
    examples: 3,
  })
  expect(told).toMatchObject({ why: null, rows: { would: 3, stands: 3, changed: 1, same: 2, added: 0, removed: 0 } })
})
