/**
 * What the test kills: lands three ticks under the lake given and runs a model over each, a full refresh, one by key and one of
 * versions; writes files as batches of one commit, each tick with new contents for some; prints `done`.
 */
import { dataset, decimal, integer, json, jsonb, type Model, model, sql, text, timestamp } from '@sluice/author'
import { refTo, testReading } from '@sluice/author/testing'
import { openDuckDB } from '@sluice/duckdb'
import { lakeErrors, openLake } from '@sluice/lake'
import { firstTick, page, writeTo } from '@sluice/lake/testing'
import { runModel } from './run.ts'

const [, , root = ''] = process.argv
const duck = await openDuckDB({ threads: 1, memoryLimitMb: 256 })
const lake = openLake({ storage: root, project: 'demo', duckdb: async () => duck })
const landed = dataset('bronze.lines', { on: 'lake', bodies: json('$[*]', { id: text(), price: text() }) })
const columns = { tick: timestamp(), id: integer({ notNull: true }), price: decimal(10, 2), extra: jsonb() }

const versions = dataset('silver.versions', {
  on: 'lake',
  columns: { ...columns, tick: timestamp({ notNull: true }), until: timestamp() },
  key: ['id', 'tick'],
  versions: { from: 'tick', to: 'until' },
})
const kept = model({
  into: versions,
  from: { landed },
  refresh: 'scd2',
  query: () => sql`select ingested_at as tick, id, price, '{}' as extra from ${landed.batch}`,
}) as unknown as Model

const names = { batch: 'silver.rows', full: 'silver.whole', key: 'silver.keyed' } as const
const modelOf = (refresh: keyof typeof names) =>
  model({
    into: dataset(names[refresh], { on: 'lake', columns, ...(refresh === 'key' ? { key: ['id', 'price'], deletionVectors: true } : {}) }),
    from: { landed },
    refresh,
    query: () => sql`select ingested_at as tick, id, price, '{}' as extra from ${refresh === 'full' ? landed : landed.batch}`,
  }) as unknown as Model

/** Files of 20 rows, of which the first is broken; of the later ticks those of the tick before are there again, changed. */
async function writeFiles(tick: number, index: number): Promise<void> {
  const write = writeTo('silver.files', { tick })
  const fileOf = (name: string, generation: number) => ({
    ...write,
    batch: name,
    generation,
    file: { source: 'orders', path: name, bytes: 1, modified: tick, hash: `${name} ${generation}` },
  })
  const names = (from: number): readonly string[] => Array.from({ length: 30 }, (_, n) => `f${String(from * 30 + n).padStart(3, '0')}`)
  const writes = [...(index === 0 ? [] : names(index - 1).map((name) => fileOf(name, 1))), ...names(index).map((name) => fileOf(name, 0))]
  using batches = await lake.batches('silver.files', writes)
  const of = batches.writes.map(({ batch, generation }) => `('${batch}', ${generation})`).join(', ')
  const all = `SELECT batch AS _batch, range::INTEGER AS id, generation FROM (VALUES ${of}) AS of(batch, generation), range(20)`
  const { refused } = await batches.finish({
    columns: { id: integer(), generation: integer() },
    judge: async () => ({
      good: `SELECT * FROM (${all}) WHERE id > 0`,
      broken: `SELECT _batch AS batch, 1 AS row_number, 'within(id)' AS rule, 'id' AS place, '{}' AS cells FROM (${all}) WHERE id = 0`,
      messages: {},
      counts: new Map(batches.writes.map(({ batch }) => [batch, { rowsIn: 20, rowsQuarantined: 1 }])),
    }),
  })
  // A process that was killed behind its commits meets what the later ones have written.
  for (const error of refused.values()) if (!lakeErrors.conflict.is(error)) throw error
}

for (let index = 0; index < 3; index++) {
  const tick = firstTick + index * 60_000
  const bodies = Array.from({ length: 4 }, (_, body) =>
    JSON.stringify(Array.from({ length: 500 }, (_, row) => ({ id: row % 50 === 0 ? 'x' : String(row), price: `${body}.${row % 1000}` }))),
  )
  const receipt = await lake.land(
    writeTo('bronze.lines', { tick }),
    (async function* () {
      for (const body of bodies) yield page(body, { receivedAt: tick })
    })(),
  )
  const reading = testReading([landed], { batches: { [landed.id]: [refTo('lake', receipt)] } })
  await runModel({ model: modelOf('batch'), write: writeTo('silver.rows', { tick }), reading, lake })
  await runModel({ model: modelOf('full'), write: writeTo('silver.whole', { tick }), reading, lake })
  await runModel({ model: modelOf('key'), write: writeTo('silver.keyed', { tick }), reading, lake })
  await runModel({ model: kept, write: writeTo('silver.versions', { tick }), reading, lake })
  await writeFiles(tick, index)
}
duck.close()
process.stdout.write('done\n')
