import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type AnyDataset,
  boolean,
  type ColumnType,
  dataset,
  decimal,
  integer,
  type LoadMode,
  text,
  timestamp,
  within,
} from '@sluice/author'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type TestWarehouse, testWarehouse } from '../testing/index.ts'
import { loadBatch } from './load-batch.ts'
import type { Route } from './route.ts'

const customers = dataset('public.customers', {
  on: 'warehouse',
  columns: { id: integer(), region: text(), no: integer() },
  key: ['id'],
  indexes: [{ unique: ['region', 'no'] }],
})
const columns = {
  id: integer(),
  part: text({ max: 4 }),
  customer: integer(),
  region: text(),
  region_no: integer(),
  price: decimal(12, 4, { notNull: true }),
  share: decimal(12, 4),
  sold_at: timestamp(),
  active: boolean(),
  note: text(),
}
const facts = { references: { customer: customers }, checks: [within('share', { min: 0, max: 1 })], order: 'sold_at', keep: '7d' } as const
const keyed = dataset('public.keyed', { on: 'warehouse', columns, key: ['id', 'part'], ...facts })
const free = dataset('public.free', { on: 'warehouse', columns, ...facts })
const tables = { keyed, free } as const
type Name = keyof typeof tables

const names = Object.keys(columns)
/** As a model tells them; the texts of `part` and `price` may be anything. */
const given: Readonly<Record<string, ColumnType>> = Object.fromEntries(
  Object.entries(columns).flatMap(([name, { type }]) => (name === 'part' || name === 'price' ? [] : [[name, type]])),
)

const seed = seedOfRun()
let folder: string
let one: TestWarehouse
let other: TestWarehouse

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straight '))
  ;[one, other] = await Promise.all([testWarehouse(customers, keyed, free), testWarehouse(customers, keyed, free)])
})
beforeEach(async () => {
  for (const { warehouse } of [one, other]) {
    await warehouse.pool.query('truncate customers, keyed, free, sluice_loads, sluice_quarantine, sluice_superseded')
    for (const table of ['keyed', 'free'])
      await warehouse.pool.query(
        `alter table ${table} drop constraint if exists place, add constraint place foreign key (region, region_no) references customers (region, no) deferrable`,
      )
    await warehouse.pool.query(
      `insert into customers select i, case when i % 2 = 0 then 'a,b' else 'c' end, i / 2, 0 from generate_series(1, 20) i`,
    )
  }
})
afterAll(async () => {
  await Promise.all([one?.close(), other?.close()])
  await rm(folder, { recursive: true, force: true })
})

interface Load {
  readonly name: Name
  readonly tick: number
  readonly generation: number
  readonly mode: LoadMode | 'full'
  readonly csv: string
}

/** What is in staging's way goes straight from one row on, or never. */
async function load({ warehouse }: TestWarehouse, { name, tick, generation, mode, csv }: Load, way: Route['way'], signal?: AbortSignal) {
  const source = join(folder, `${way}.csv`)
  await writeFile(source, csv)
  const routes: Route[] = []
  const write = {
    project: 'demo',
    pipeline: 'p',
    task: 't',
    run: `run ${tick}`,
    attempt: 1,
    dataset: `demo:warehouse.public.${name}`,
    batch: `${name} ${tick}`,
    generation,
    logicalTime: tick,
    interval: { start: tick - 1, end: tick },
    inputs: [],
  }
  const explain = (route: Route) => routes.push(route)
  const table: AnyDataset = tables[name]
  const request = { write, table, mode, columns: names, source, given, explain, ...(signal === undefined ? {} : { signal }) }
  const receipt = await loadBatch(warehouse.pool, request, { largeFrom: way === 'straight' ? 1 : 1_000_000 })
  return { receipt, routes }
}

/** Everything that loads leave, without the numbers of the loads. */
async function left({ warehouse: { pool } }: TestWarehouse): Promise<Readonly<Record<string, readonly object[]>>> {
  const load = '(select l.batch from sluice_loads l where l.id = t._load_id) as batch'
  const kept = names.map((name) => `t.${name}::text`).join(', ')
  const rows = (table: string) => pool.query(`select ${kept}, ${load} from ${table} t order by ${[...names, 'batch'].join(', ')}`)
  return {
    keyed: await rows('keyed'),
    free: await rows('free'),
    quarantine: await pool.query('select dataset, batch, generation, row_number, rule, place, cells from sluice_quarantine order by id'),
    superseded: await pool.query(
      `select s.dataset, s.key, s."row", l.batch, q.row_number from sluice_superseded s join sluice_loads l on l.id = s.load_id
       left join sluice_quarantine q on q.id = s.quarantine_id order by s.dataset, s.key, l.batch`,
    ),
    loads: await pool.query(
      `select dataset, batch, generation, mode, as_of, rows_in, rows_written, rows_quarantined, adjusted, bytes, status, reason
       from sluice_loads order by dataset, batch, generation`,
    ),
  }
}

const { integer: next } = seeded(seed)
const oneOf = <T>(...values: readonly T[]): T => values[next(values.length)] as T
/** Once in so many times one of the odd ones. */
const rarely = <T>(every: number, usual: () => T, ...odd: readonly T[]): T => (next(every) === 0 ? oneOf(...odd) : usual())
const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`

/** Cells as they stand in the file. `odd`: the larger, the rarer. */
function cells(id: number, odd: number, oddIds = odd * 20): readonly string[] {
  const customer = next(20) + 1
  return [
    rarely(oddIds, () => String(id), '', '007'),
    rarely(odd, () => oneOf('a', 'b', '"c"'), '', '""', 'abcdef', quoted('a,b'), 'abcd  '),
    rarely(odd, () => String(customer), '99', '', '0'),
    rarely(odd, () => (customer % 2 === 0 ? '"a,b"' : 'c'), 'x', '', quoted('c"')),
    rarely(odd, () => String(Math.floor(customer / 2)), '77', ''),
    rarely(odd, () => `${next(100)}.${next(9999)}`, 'x', '', '1.23456', '123456789.5', ' 1 ', '1e2', 'NaN', '"2.5"', '.5', '1e-9'),
    rarely(odd, () => `0.${next(9999)}`, '1.5', '-1', ''),
    rarely(
      odd,
      () => `2026-01-0${1 + next(9)} 10:00:00+00`,
      '',
      '12026-01-01 10:00:00+00',
      '0044-03-15 10:00:00+00 BC',
      '2025-01-01 00:00:00+00',
    ),
    rarely(odd, () => oneOf('true', 'false'), '', 't'),
    rarely(
      odd,
      () => quoted(`note ${id}`),
      '',
      '""',
      quoted('two\nlines, "quoted"'),
      'é🙂',
      '\\.',
      quoted('\r\n'),
      rarely(4, () => 'x', '"a\0b"', 'b\r'),
    ),
  ]
}

function csvOf(rows: number, odd: number, ids: () => number, oddIds?: number): string {
  const records = Array.from({ length: rows }, () => cells(ids(), odd, oddIds).join(','))
  return records.join('\n') + (next(4) === 0 ? '' : '\n')
}

test(`straight into the table and through staging leave the same rows, quarantine, receipts and order (SLUICE_SEED=${seed})`, async () => {
  const ways = { straight: 0, staged: 0 }
  for (let round = 0; round < 10; round++) {
    await other.warehouse.pool.query('truncate keyed, free, sluice_loads, sluice_quarantine, sluice_superseded')
    await one.warehouse.pool.query('truncate keyed, free, sluice_loads, sluice_quarantine, sluice_superseded')
    const generations = new Map<string, number>()
    for (let step = 0; step < 4; step++) {
      const name = oneOf<Name>('keyed', 'free')
      const [tick, mode] = [
        next(3),
        name === 'free' ? oneOf<Load['mode']>('append', 'full') : oneOf<Load['mode']>('append', 'append', 'upsert', 'full'),
      ]
      if (step === 2 && next(3) === 0) {
        const write = {
          project: 'demo',
          pipeline: 'p',
          task: 'clean',
          run: 'r',
          attempt: 1,
          batch: `clean ${name}`,
          generation: 0,
          logicalTime: 9,
          inputs: [],
        }
        const before = Date.UTC(2026, 0, oneOf(1, 4))
        for (const { warehouse } of [one, other])
          await warehouse.retain({
            write: { ...write, dataset: `demo:warehouse.public.${name}` },
            table: tables[name],
            column: 'sold_at',
            before,
            timeZone: 'UTC',
          })
      }
      const generation = (generations.get(`${name} ${tick}`) ?? -1) + 1
      let last = oneOf(0, 100, 200, 1000)
      const repeats = next(3) === 0
      const csv = csvOf(next(oneOf(10, 300)), oneOf(4, 100, 400, 2_000), () => (repeats ? next(400) : ++last))
      const at = `SLUICE_SEED=${seed}, round ${round}, step ${step}: ${name}, ${mode}\n${csv}`
      const loads = [
        load(one, { name, tick, generation, mode, csv }, 'straight'),
        load(other, { name, tick, generation, mode, csv }, 'staged'),
      ]
      const [straight, staged] = await Promise.allSettled(loads)
      expect(straight?.status, at).toBe(staged?.status)
      if (straight?.status === 'fulfilled') {
        generations.set(`${name} ${tick}`, generation)
        ways[straight.value.routes.at(-1)?.way ?? 'staged']++
      }
      expect(await left(one), at).toEqual(await left(other))
    }
  }
  // Random files that all went one way would prove nothing.
  expect(ways.straight).toBeGreaterThan(5)
  expect(ways.staged).toBeGreaterThan(5)
})

test('a changed cell, a row more and another rule are each seen by the comparison', async () => {
  const csv = '1,a,1,c,0,1.5,0.5,2026-01-01 10:00:00+00,true,x\n2,a,99,c,0,1.5,0.5,,,\n'
  const same = { name: 'keyed', tick: 1, generation: 0, mode: 'append', csv } as const
  await Promise.all([load(one, same, 'straight'), load(other, same, 'staged')])
  const there = await left(other)
  expect(await left(one)).toEqual(there)
  for (const fault of ["update keyed set note = 'y'", "update sluice_quarantine set rule = 'type(customer)'", 'delete from keyed']) {
    await one.warehouse.pool.query(fault)
    expect(await left(one)).not.toEqual(there)
    await one.warehouse.pool.query('truncate keyed, sluice_loads, sluice_quarantine')
    await load(one, same, 'straight')
  }
})

test(`a load that is killed on its way leaves nothing, and the next try leaves what staging leaves (SLUICE_SEED=${seed})`, async () => {
  // Without what COPY refuses as a whole, and what never goes straight.
  const csv = csvOf(30_000, 1_000, counter(), 1e9).replaceAll('b\r', 'b').replaceAll('\0', '')
  const all = { name: 'keyed', tick: 1, generation: 0, mode: 'append', csv } as const
  let killed = 0
  for (let round = 0; round < 4; round++) {
    const empty = await left(one)
    const loading = load(one, all, 'straight').then(
      () => 'written',
      (error: { readonly code: string }) => error.code,
    )
    const [place, statement] = oneOf(
      ['the table', 'copy "public"%'],
      ['a look', 'copy pg_temp.sluice_stage%'],
      ['the quarantine', 'insert into public.sluice_quarantine%'],
    )
    const end = `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and query ilike '${statement}'`
    let isLoading = true
    void loading.finally(() => {
      isLoading = false
    })
    while (isLoading && (await one.warehouse.pool.query(end)).length === 0) await new Promise(setImmediate)
    const ended = await loading
    if (ended === 'written') {
      // It was faster than the kill: the rows go, and with them their receipt.
      await one.warehouse.pool.query('truncate keyed, sluice_loads, sluice_quarantine')
    } else {
      killed++
      expect([place, ended]).toEqual([place, 'warehouse.unavailable'])
      expect(await left(one)).toEqual(empty)
    }
  }
  expect(killed).toBeGreaterThan(0)
  const [straight] = await Promise.all([load(one, all, 'straight'), load(other, all, 'staged')])
  expect(straight.routes.at(-1)?.way).toBe('straight')
  expect(await left(one)).toEqual(await left(other))
  expect((await load(one, all, 'straight')).receipt).toMatchObject({ replayed: true })
})

test('readers wait for no lock of a load that goes straight, and other loads of the table wait for its end', async () => {
  const csv = csvOf(30_000, 1_000, counter(), 1e9).replaceAll('b\r', 'b').replaceAll('\0', '')
  const loading = load(one, { name: 'keyed', tick: 1, generation: 0, mode: 'append', csv }, 'straight')
  const modes = new Set<string>()
  let isLoading = true
  void loading.finally(() => {
    isLoading = false
  })
  while (isLoading) {
    const held =
      "select mode from pg_locks where relation in ('keyed'::regclass, 'customers'::regclass) and granted and pid <> pg_backend_pid()"
    for (const { mode } of await one.warehouse.pool.query<{ mode: string }>(held)) modes.add(mode)
  }
  expect((await loading).routes).toMatchObject([{ way: 'straight' }])
  expect(modes).toContain('ShareRowExclusiveLock')
  expect(modes).not.toContain('AccessExclusiveLock')
})

const counter = (): (() => number) => {
  let last = 0
  return () => ++last
}
