import { join } from 'node:path'
import {
  boolean,
  type Column,
  type Columns,
  dataset,
  date,
  decimal,
  double,
  integer,
  jsonb,
  type Model,
  model,
  rawSql,
  sql,
  text,
  timestamp,
} from '@sluice/author'
import { testReading } from '@sluice/author/testing'
import type { BatchWrite } from '@sluice/core'
import { openDuckDB } from '@sluice/duckdb'
import { type Lake, openLake } from '@sluice/lake'
import { openPool } from '@sluice/postgres'
import { runModel } from '@sluice/transform'
import { createTableSql, migratePlatform, openWarehouse, type Warehouse } from '@sluice/warehouse'
import { benchServer } from '../database.ts'
import { atMost, type Measure, measure, median, noBar, timed } from '../measure.ts'
import { ownProcessorTime } from '../processor-time.ts'
import { scratchFolder } from '../scratch.ts'
import { rounds, scaled } from '../settings.ts'

const kinds: Readonly<Record<string, { readonly column: () => Column; readonly value: string }>> = {
  text: { column: () => text(), value: '1' },
  integer: { column: () => integer(), value: '1' },
  double: { column: () => double(), value: '1.5' },
  boolean: { column: () => boolean(), value: 'true' },
  date: { column: () => date(), value: '2026-01-02' },
  timestamp: { column: () => timestamp(), value: '2026-01-02T03:04:05Z' },
  jsonb: { column: () => jsonb(), value: '{}' },
  decimal: { column: () => decimal(38, 18), value: '1.5' },
  'rounded decimal': { column: () => decimal(38, 18, { round: true }), value: '1.5' },
}

/** What a column costs a run, however few the rows: one row of many columns of one type, from text. */
export async function run(progress: (line: string) => void): Promise<readonly Measure[]> {
  await using scratch = await scratchFolder('columns')
  await using database = await benchServer(join(scratch.dir, 'postgres'))
  const url = await database.url('bench')
  await migratePlatform(url)
  const pool = openPool(url, { max: 4 })
  const duckdb = await openDuckDB({ tempDirectory: join(scratch.dir, 'spill') })
  const lake = openLake({ storage: join(scratch.dir, 'lake'), project: 'bench', duckdb: async () => duckdb })
  try {
    const warehouse = openWarehouse({ database: { pool }, project: 'bench' })
    const found: Measure[] = []
    for (const count of [scaled(100), scaled(300)].filter((each, at, all) => all.indexOf(each) === at)) {
      for (const [name, { column, value }] of Object.entries(kinds)) {
        progress(`${count} columns of ${name}`)
        const columns = Object.fromEntries(Array.from({ length: count }, (_, at) => [`c${at}`, column()]))
        const ours = await inLake(lake, columns, value)
        found.push(measure(`${count} columns of ${name}: lake, a column`, ours / count, 'ms', name === 'text' ? noBar : atMost(1.5, 'ms')))
        for (const statement of createTableSql(tableOf(columns))) await pool.query(statement)
        const load = await inWarehouse(warehouse, columns, value)
        found.push(
          measure(`${count} columns of ${name}: warehouse, a column`, load / count, 'ms', name === 'text' ? noBar : atMost(1.5, 'ms')),
        )
        await pool.query('drop table wide')
      }
    }
    return found
  } finally {
    duckdb.close()
    await pool.end()
  }
}

let batches = 0

/** Processor time: what runs beside is not counted. */
async function inLake(lake: Lake, columns: Columns, value: string): Promise<number> {
  const names = Object.keys(columns).map((name) => `'${value}' as ${name}`)
  const into = dataset(`silver.wide${batches}`, { on: 'lake', columns })
  const wide = model({ into, refresh: 'batch', query: () => sql`select ${rawSql(names.join(', '))}` })
  const times: number[] = []
  for (let round = -1; round < rounds(5); round++) {
    const ms = await ownProcessorTime(() =>
      runModel({ model: wide as unknown as Model, write: writeTo('lake', into.name), reading: testReading([into]), lake }),
    )
    if (round >= 0) times.push(ms)
  }
  return median(times)
}

const tableOf = (columns: Columns) => dataset('public.wide', { on: 'warehouse', columns })

/** Most of it is the server's, so it is the time that passes. */
async function inWarehouse(warehouse: Warehouse, columns: Columns, value: string): Promise<number> {
  const line = `${Object.keys(columns)
    .map(() => `"${value}"`)
    .join(',')}\n`
  const times: number[] = []
  for (let round = -1; round < rounds(5); round++) {
    const source = (async function* () {
      yield Buffer.from(line)
    })()
    const request = { table: tableOf(columns), mode: 'append' as const, columns: Object.keys(columns), source }
    const ms = await timed(() => warehouse.loadBatch({ ...request, write: writeTo('warehouse', 'public.wide') }))
    if (round >= 0) times.push(ms)
  }
  return median(times)
}

function writeTo(store: string, name: string): BatchWrite {
  const batch = String(batches++)
  const identity = { project: 'bench', pipeline: 'columns', task: 'bench', run: 'bench', attempt: 1 }
  return { ...identity, dataset: `bench:${store}.${name}`, batch, generation: 0, logicalTime: Date.UTC(2026, 0, 2), inputs: [] }
}
