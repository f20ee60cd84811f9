import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  bigint,
  boolean,
  type Column,
  dataset,
  date,
  decimal,
  integer,
  jsonb,
  type Pull,
  pull,
  type SqlSource,
  sqlSource,
  text,
  timestamp,
} from '@sluice/author'
import { batchId } from '@sluice/core'
import { type Random, seeded, seedOfRun } from '@sluice/core/testing'
import { openDuckDB } from '@sluice/duckdb'
import { openLake } from '@sluice/lake'
import { openPool, quoteIdentifier } from '@sluice/postgres'
import { testDatabase } from '@sluice/postgres/testing/database'
import { expect, test } from 'vitest'
import { pullRows } from './pull-rows.ts'

const names = [
  'Order',
  'order',
  'ORDER',
  'select',
  'a b',
  'a"b',
  "it's",
  'été',
  'a,b',
  'x;y',
  '{z}',
  '$1',
  '1st',
  '_',
  '.',
  '\\',
  'a\tb',
  '_row',
  'c0',
]
const texts = ['', ' ', 'a\tb', 'c\\n', '"q"', "o'clock", 'é\n', '\\N', '\\.', 'NULL', '\r\n', '☃'] as const

/** A type: its column in the lake, a value, and what its text is made of in either store. */
interface TypeMet {
  readonly pg: string
  readonly column: Column
  readonly value: (r: Random) => unknown
  readonly there?: (name: string) => string
  readonly here?: (name: string) => string
}

const types: readonly [TypeMet, ...TypeMet[]] = [
  { pg: 'int', column: integer(), value: (r: Random) => r.integer(1e9) - 5e8 },
  { pg: 'bigint', column: bigint(), value: (r: Random) => `9${String(r.integer(1e9)).padStart(17, '0')}` },
  { pg: 'numeric(30,6)', column: decimal(30, 6), value: (r: Random) => `-123456789012${r.integer(1e9)}.${r.integer(1e6)}` },
  { pg: 'boolean', column: boolean(), value: (r: Random) => r.chance(0.5) },
  { pg: 'date', column: date(), value: (r: Random) => new Date(r.integer(2e9) * 1e3).toISOString().slice(0, 10) },
  {
    pg: 'timestamptz',
    column: timestamp(),
    value: (r: Random) => new Date(r.integer(2e9) * 1e3).toISOString().replace('Z', '001Z'),
    there: (name: string) => `(extract(epoch from ${name}) * 1000000)::bigint`,
    here: (name: string) => `epoch_us(${name})`,
  },
  { pg: 'jsonb', column: jsonb(), value: (r: Random) => JSON.stringify({ [r.pick(texts)]: r.pick(texts) }) },
  { pg: 'text', column: text(), value: (r: Random) => r.pick(texts) },
  { pg: 'uuid', column: text(), value: (r: Random) => `00000000-0000-4000-8000-${String(r.integer(1e9)).padStart(12, '0')}` },
]

test('whatever types and names the columns of a table have, after each pull the lake is what the source is', async () => {
  const seed = seedOfRun()
  const random = seeded(seed)
  await using database = await testDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'sluice random schemas '))
  const pool = openPool(database.url, { max: 1 })
  const duckdb = await openDuckDB({ threads: 1 })
  const lake = openLake({ storage: folder, project: 'shop', duckdb: async () => duckdb })
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
  for (let round = 0; round < 5; round++) {
    const fields = names.filter(() => random.chance(0.4)).map((name, at) => ({ name, as: `c_${at}`, type: random.pick(types) }))
    if (fields.length === 0) continue
    const table = quoteIdentifier(random.pick(['Table', 'user', 'a"t', 'my table']) + round)
    await pool.query(`create table ${table} (${fields.map(({ name, type }) => `${quoteIdentifier(name)} ${type.pg}`).join(', ')})`)
    const into = dataset(`silver.s${round}`, { on: 'lake', columns: Object.fromEntries(fields.map(({ as, type }) => [as, type.column])) })
    const from = sqlSource({ name: `s${round}`, connection: 'shop', query: `select * from ${table}`, mode: 'full' })
    const step = pull({ from, into: into as never, columns: Object.fromEntries(fields.map(({ as, name }) => [as, name])) as never })
    for (let tick = 0; tick < 2; tick++) {
      if (tick > 0) await pool.query(`delete from ${table} where ctid in (select ctid from ${table} limit 3)`)
      for (let row = 0; row < 8; row++) {
        const values = fields.map(({ type }) => (random.chance(0.15) ? null : type.value(random)))
        await pool.query(`insert into ${table} values (${values.map((_, at) => `$${at + 1}`).join(', ')})`, values)
      }
      const identity = { project: 'shop', pipeline: 'p', task: step.name, dataset: `shop:${into.id}` }
      const batch = batchId({ ...identity, mapKey: null, runKey: `scheduled:${tick}`, write: 'main' })
      const receipt = await pullRows({
        pull: step as Pull & { readonly from: SqlSource },
        write: { ...identity, run: `r${tick}`, attempt: 1, batch, generation: 0, logicalTime: tick, inputs: [] },
        database: { name: 'shop', type: 'postgres', url: database.url },
        lake,
        log,
      })
      const told = `SLUICE_SEED=${seed} ${JSON.stringify(fields.map(({ name, type }) => [name, type.pg]))}`
      expect(receipt.rowsQuarantined, told).toBe(0)
      const there = await pool.query(
        `select ${fields.map(({ name, as, type }) => `(${type.there?.(quoteIdentifier(name)) ?? quoteIdentifier(name)})::text as ${as}`).join(', ')} from ${table}`,
      )
      const connection = await lake.connect()
      const list = fields.map(({ as, type }) => `CAST(${type.here?.(as) ?? as} AS VARCHAR) AS ${as}`)
      const here = await connection.rows(`SELECT ${list.join(', ')} FROM (${await lake.scan(connection, into.name)})`)
      connection.close()
      const sorted = (rows: readonly unknown[]): readonly string[] => rows.map((row) => JSON.stringify(row)).sort()
      expect(sorted(here), told).toEqual(sorted(there))
    }
  }
  duckdb.close()
  await pool.end()
  await rm(folder, { recursive: true, force: true })
}, 120_000)
