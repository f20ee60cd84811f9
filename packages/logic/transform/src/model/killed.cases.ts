/** What the test kills: lands three ticks under the lake given and runs a model over each, a full refresh and one by key; prints `done`. */
import { dataset, decimal, integer, json, jsonb, type Model, model, sql, text, timestamp } from '@sluice/author'
import { refTo, testReading } from '@sluice/author/testing'
import { openDuckDB } from '@sluice/duckdb'
import { openLake } from '@sluice/lake'
import { firstTick, page, writeTo } from '@sluice/lake/testing'
import { runModel } from './run.ts'

const [, , root = ''] = process.argv
const duck = await openDuckDB({ threads: 1, memoryLimitMb: 256 })
const lake = openLake({ storage: root, project: 'demo', duckdb: async () => duck })
const landed = dataset('bronze.lines', { on: 'lake', bodies: json('$[*]', { id: text(), price: text() }) })
const columns = { tick: timestamp(), id: integer({ notNull: true }), price: decimal(10, 2), extra: jsonb() }

const names = { batch: 'silver.rows', full: 'silver.whole', key: 'silver.keyed' } as const
const modelOf = (refresh: keyof typeof names) =>
  model({
    into: dataset(names[refresh], { on: 'lake', columns, ...(refresh === 'key' ? { key: ['id', 'price'] } : {}) }),
    from: { landed },
    refresh,
    query: () => sql`select ingested_at as tick, id, price, '{}' as extra from ${refresh === 'full' ? landed : landed.batch}`,
  }) as unknown as Model

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
}
duck.close()
process.stdout.write('done\n')
