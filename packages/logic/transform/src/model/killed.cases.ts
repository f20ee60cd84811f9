/** What the test kills: lands three ticks under the lake given and runs a model over each, then a full refresh; prints `done`. */
import { decimal, integer, json, model, notNull, rawSql, sql, timestamp } from '@sluice/author'
import type { DatasetRef, Receipt } from '@sluice/core'
import { openDuckDB } from '@sluice/duckdb'
import { openLake } from '@sluice/lake'
import { firstTick, landStep, page, writeTo } from '@sluice/lake/testing'
import { runModel } from './run.ts'

const [, , root = ''] = process.argv
const duck = await openDuckDB({ threads: 1, memoryLimitMb: 256 })
const lake = openLake({ storage: root, project: 'demo', duckdb: async () => duck })
const land = landStep('land', 'bronze.lines')

const modelOf = (by: 'batch' | 'full') =>
  model({
    name: by === 'batch' ? 'silver.rows' : 'silver.whole',
    on: 'lake',
    columns: { tick: timestamp(), id: integer(), price: decimal(10, 2), extra: json() },
    refresh: { by },
    checks: [notNull('id')],
    query: ({ batch }) => sql`select ingested_at as tick, line.id, line.price, '{}' as extra
      from (select ingested_at, unnest(from_json_strict(payload, '[{"id":"VARCHAR","price":"VARCHAR"}]')) as line
        from ${land} where ${by === 'batch' ? batch.rows : rawSql('true')})`,
  })

const refOf = ({ dataset, batch, generation, version, rowsWritten }: Receipt): DatasetRef<'lake'> => ({
  store: 'lake',
  dataset,
  batch,
  generation,
  version,
  rows: rowsWritten,
})

for (let index = 0; index < 3; index++) {
  const tick = firstTick + index * 60_000
  const bodies = Array.from({ length: 4 }, (_, body) =>
    JSON.stringify(Array.from({ length: 500 }, (_, row) => ({ id: row % 50 === 0 ? 'x' : String(row), price: `${body}.${row % 1000}` }))),
  )
  const landed = await lake.land(
    writeTo('bronze.lines', { tick }),
    (async function* () {
      for (const body of bodies) yield page(body, { receivedAt: tick })
    })(),
  )
  const refs = { land: refOf(landed) }
  const interval = { start: tick - 60_000, end: tick }
  await runModel({ model: modelOf('batch'), write: writeTo('silver.rows', { tick }), refs, interval, lake })
  await runModel({ model: modelOf('full'), write: writeTo('silver.whole', { tick }), refs, interval, lake })
}
duck.close()
process.stdout.write('done\n')
