import { boolean, dataset, integer, type Load, load, type Model, model, rawSql, soundVersions, sql, text, timestamp } from '@sluice/author'
import { refTo, testReading } from '@sluice/author/testing'
import { batchId, formatInstant, type Receipt, scheduledRunKey } from '@sluice/core'
import { long, seeded, seedOfRun } from '@sluice/core/testing'
import { temporaryLake, writeTo } from '@sluice/lake/testing'
import { type TestWarehouse, testWarehouse } from '@sluice/warehouse/testing'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { runCheck } from '../check/run.ts'
import { runLoad } from '../load/run.ts'
import { runModel } from './run.ts'
import { runWarehouseModel } from './run-on-warehouse.ts'

const seed = seedOfRun()
const columns = {
  id: integer({ notNull: true }),
  since: timestamp({ notNull: true }),
  until: timestamp(),
  holds: boolean({ notNull: true }),
  v: text(),
  gone: boolean(),
}
const key = ['id', 'since'] as const
const told = { from: 'since', to: 'until', current: 'holds', deleted: 'gone' } as const
const whole = { ...told, missing: 'close' } as const

const seen = dataset('silver.seen', {
  on: 'lake',
  columns: { id: columns.id, since: columns.since, v: columns.v, gone: columns.gone },
})
const ofKind = {
  told: {
    lake: dataset('silver.told', { on: 'lake', columns, key, versions: told }),
    model: dataset('public.told_model', { on: 'warehouse', columns, key, versions: told }),
    load: dataset('public.told', { on: 'warehouse', columns, key, versions: told }),
  },
  whole: {
    lake: dataset('silver.whole', { on: 'lake', columns, key, versions: whole }),
    model: dataset('public.whole_model', { on: 'warehouse', columns, key, versions: whole }),
    load: dataset('public.whole', { on: 'warehouse', columns, key, versions: whole }),
  },
}
type Kind = keyof typeof ofKind
const kinds = Object.keys(ofKind) as readonly Kind[]

let demo: TestWarehouse
let at: Awaited<ReturnType<typeof temporaryLake>>
beforeAll(async () => {
  demo = await testWarehouse(...kinds.flatMap((kind) => [ofKind[kind].model, ofKind[kind].load]))
})
afterAll(() => demo.close())
beforeEach(async () => {
  at = await temporaryLake()
  await demo.warehouse.pool.query(
    'truncate told, told_model, whole, whole_model, sluice_loads, sluice_quarantine, sluice_superseded, sluice_versions',
  )
})
afterEach(() => at.close())

interface Row {
  readonly id: number
  /** Hours. */
  readonly since: number
  readonly v: string | null
  readonly gone: boolean
}

const hour = 3_600_000
const intervalOf = (tick: number) => ({ start: (tick - 1) * hour, end: tick * hour })
const writeAt = (name: string, tick: number, generation: number) => {
  const write = writeTo(name, { tick: tick * hour, generation })
  const dataset = `demo:${name.startsWith('public.') ? 'warehouse' : 'lake'}.${name}`
  const { project, pipeline, task } = write
  const batch = batchId({ project, pipeline, task, mapKey: null, dataset, write: 'main', runKey: scheduledRunKey(tick * hour) })
  return { ...write, dataset, batch, interval: intervalOf(tick) }
}

/** The same SQL in both engines. */
const rowsSql = (rows: readonly Row[]): string => {
  const text = (value: string | null): string => (value === null ? 'null' : `'${value}'`)
  const values = rows.map(({ id, since, v, gone }) => `(${id}, '${formatInstant(since * hour)}', ${text(v)}, ${gone})`)
  return `select id::integer as id, since::timestamptz as since, v::text as v, gone::boolean as gone
    from (values ${[...values, '(null, null, null, null)'].join(', ')}) t (id, since, v, gone) where id is not null`
}
const modelOf = (into: unknown, rows: readonly Row[], refresh: 'batch' | 'scd2' = 'scd2'): Model =>
  model({
    into: into as typeof ofKind.told.lake,
    refresh: refresh as 'scd2',
    query: () => sql`${rawSql(rowsSql(rows))}`,
  }) as unknown as Model

async function inLake(into: typeof seen | typeof ofKind.told.lake, tick: number, rows: readonly Row[], generation = 0): Promise<Receipt> {
  const refresh = into === seen ? 'batch' : 'scd2'
  const write = writeAt(into.name, tick, generation)
  return await runModel({ model: modelOf(into, rows, refresh), write, reading: testReading([into as never]), lake: at.lake })
}

/** Brings the same batch into all tables of a kind. */
async function bring(kind: Kind, tick: number, rows: readonly Row[], generation = 0): Promise<readonly Receipt[]> {
  const { lake, model: direct, load: crossed } = ofKind[kind]
  const landed = await inLake(seen, tick, rows, generation)
  const reading = testReading([seen], { batches: { [seen.id]: [refTo('lake', landed)] } })
  const step = load({ from: seen, into: crossed as typeof ofKind.told.load, mode: 'scd2' }) as unknown as Load
  return [
    await inLake(lake as typeof ofKind.told.lake, tick, rows, generation),
    await runWarehouseModel({
      model: modelOf(direct, rows),
      write: writeAt(direct.name, tick, generation),
      reading: testReading([direct as never]),
      warehouse: demo.warehouse,
    }),
    await runLoad({ load: step, write: writeAt(crossed.name, tick, generation), reading, lake: at.lake, warehouse: demo.warehouse }),
  ]
}

interface Version {
  readonly id: number
  readonly since: number
  readonly until: number | null
  readonly holds: boolean
  readonly v: string | null
}

const shown = (table: string): string =>
  `select id, (extract(epoch from since) / 3600)::integer as since, (extract(epoch from until) / 3600)::integer as until, holds, v from ${table} order by 1, 2`

async function tablesOf(kind: Kind): Promise<readonly (readonly Version[])[]> {
  const connection = await at.lake.connect()
  const { lake, model: direct, load: crossed } = ofKind[kind]
  try {
    return [
      await connection.rows<{ readonly [N in keyof Version]: Version[N] }>(shown(`(${await at.lake.scan(connection, lake.name)}) t`)),
      await demo.warehouse.pool.query<Version>(shown(direct.name)),
      await demo.warehouse.pool.query<Version>(shown(crossed.name)),
    ]
  } finally {
    connection.close()
  }
}

/** What one full refresh makes of batches, each the newest generation of its tick. */
function versionsOf(batches: ReadonlyMap<number, readonly Row[]>, closesMissing: boolean): readonly Version[] {
  const inOrder = [...batches].toSorted(([a], [b]) => a - b).filter(([, rows]) => rows.length > 0)
  const ids = [...new Set(inOrder.flatMap(([, rows]) => rows.map(({ id }) => id)))].toSorted((a, b) => a - b)
  return ids.flatMap((id) => {
    const known = new Map<number, { readonly v: string | null; readonly gone: boolean }>()
    let before: readonly Row[] | undefined
    let everSeen = false
    for (const [tick, rows] of inOrder) {
      const [there, was] = [rows.some((row) => row.id === id && !row.gone), before?.some((row) => row.id === id && !row.gone) ?? false]
      const isBack = closesMissing && there && !was && everSeen
      const gap = inOrder[inOrder.findIndex(([each]) => each === tick) - 1]?.[0] ?? 0
      for (const row of rows.filter((row) => row.id === id).toSorted((a, b) => a.since - b.since))
        known.set(isBack && row.since <= gap ? tick : row.since, row)
      if (closesMissing && was && !there && !known.has(tick)) known.set(tick, { v: null, gone: true })
      everSeen ||= there
      before = rows
    }
    const versions: Version[] = []
    let last: { readonly v: string | null; readonly gone: boolean } = { v: null, gone: true }
    for (const [since, { v, gone }] of [...known].toSorted(([a], [b]) => a - b)) {
      if (gone === last.gone && (gone || v === last.v)) continue
      const open = versions.at(-1)
      if (open !== undefined && open.until === null) versions[versions.length - 1] = { ...open, until: since, holds: false }
      if (!gone) versions.push({ id, since, until: null, holds: true, v })
      last = { v, gone }
    }
    return versions
  })
}

test.each(kinds)(
  `any sequence of batches leaves the versions of one full refresh in both stores (%s, SLUICE_SEED=${seed})`,
  async (kind) => {
    for (let round = 0; round < (long ? 12 : 1); round++) {
      const { integer: next } = seeded(seed + round)
      const base = round * 100
      const batches = new Map<number, readonly Row[]>()
      const generations = new Map<number, number>()
      for (let step = 0; step < (long ? 16 : 9); step++) {
        const tick = base + 1 + next(6)
        const since = (): number => (kind === 'whole' && next(2) === 0 ? tick : tick - next(4))
        const ids = [...new Set(Array.from({ length: next(6) }, () => base + next(4)))]
        const rows = ids.map(
          (id): Row => ({ id, since: since(), v: ['a', 'b', null][next(3)] ?? null, gone: kind === 'told' && next(5) === 0 }),
        )
        const generation = (generations.get(tick) ?? -1) + 1
        generations.set(tick, generation)
        batches.set(tick, rows)
        const receipts = await bring(kind, tick, rows, generation)
        const where = `SLUICE_SEED=${seed}, round ${round}, step ${step}: ${JSON.stringify([...batches])}`
        expect(
          receipts.map(({ rowsIn, rowsWritten }) => [rowsIn, rowsWritten]),
          where,
        ).toEqual(Array(3).fill([rows.length, rows.length]))
        const expected = versionsOf(batches, kind === 'whole')
        for (const table of await tablesOf(kind)) expect(table, where).toEqual(expected)
      }
    }
  },
)

test('batches that come at one moment, from several pipelines, lose nothing of one another', async () => {
  const rowsAt = (tick: number): readonly Row[] =>
    [0, 1, 2, 3].map((id) => ({ id, since: tick + (id % 2), v: `${(id * tick) % 3}`, gone: false }))
  await Promise.all([1, 2, 3, 4].map((tick) => bring('told', tick, rowsAt(tick))))
  const expected = versionsOf(new Map([1, 2, 3, 4].map((tick) => [tick, rowsAt(tick)])), false)
  for (const table of await tablesOf('told')) expect(table).toEqual(expected)
  await Promise.all([2, 3, 4].map((tick) => bring('told', tick, [], 1)))
  for (const table of await tablesOf('told')) expect(table).toEqual(versionsOf(new Map([[1, rowsAt(1)]]), false))
})

test('the check of versions sees one that overlaps another, one that holds twice, and what a reader would take for a gap', async () => {
  const stores = { lake: async () => at.lake, warehouse: async () => demo.warehouse }
  const brokenOf = async (of: typeof ofKind.told.load): Promise<unknown> =>
    (await runCheck({ check: soundVersions(of), reading: testReading([of as never]), ...stores })).facts.broken
  const table = ofKind.told.load
  await bring('told', 1, [{ id: 1, since: 1, v: 'a', gone: false }])
  await bring('told', 5, [{ id: 1, since: 5, v: 'b', gone: false }])
  expect(await brokenOf(table)).toBe(0)
  expect(await brokenOf(ofKind.told.lake as never)).toBe(0)
  const change = (set: string) => demo.warehouse.pool.query(`update told set ${set}`)
  await change(`until = until + interval '1 hour' where until is not null`)
  expect(await brokenOf(table)).toBe(1)
  await change(`until = until - interval '1 hour' where until is not null`)
  await change(`holds = true where until is not null`)
  expect(await brokenOf(table)).toBe(1)
  await change(`holds = false, until = until - interval '1 hour' where until is not null`)
  expect(await brokenOf(table)).toBe(0)
  const { deleted: _, ...versions } = told
  const strict = dataset('public.told', { on: 'warehouse', columns, key, versions })
  expect(await brokenOf(strict as never)).toBe(1)
  await expect(change(`until = null where not holds`)).rejects.toMatchObject({ facts: { sqlstate: '23505' } })
})
