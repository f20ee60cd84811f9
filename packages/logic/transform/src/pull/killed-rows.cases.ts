/** What the test kills: pulls a table of a database in full, and by a column, each into a table of a lake; prints `done`. */
import { join } from 'node:path'
import { bigint, dataset, type Pull, pull, type SqlSource, sqlSource, text, timestamp } from '@sluice/author'
import { batchId } from '@sluice/core'
import { openDuckDB } from '@sluice/duckdb'
import { openLake } from '@sluice/lake'
import { pullRows } from './pull-rows.ts'

const columns = { id: bigint({ notNull: true }), note: text(), at: timestamp() }
const limits = { warn: 1, fail: 1 }
export const whole = dataset('silver.whole', { on: 'lake', columns, quarantine: limits })
export const keyed = dataset('silver.keyed', { on: 'lake', columns, key: ['id'], order: 'at', quarantine: limits })

const [, script, root = '', url = '', tick = ''] = process.argv
if (script === import.meta.filename) {
  const duckdb = await openDuckDB({ threads: 1, memoryLimitMb: 256 })
  const lake = openLake({ storage: join(root, 'lake'), project: 'demo', duckdb: async () => duckdb })
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
  const of = { connection: 'shop', table: 'orders' }
  for (const step of [
    pull({ from: sqlSource({ ...of, mode: 'full' }), into: whole }),
    pull({ from: sqlSource({ ...of, mode: { incremental: 'at', overlap: '1h' } }), into: keyed }),
  ]) {
    const identity = { project: 'demo', pipeline: 'p', task: step.name, dataset: `demo:${step.into.id}` }
    const batch = batchId({ ...identity, mapKey: null, runKey: `scheduled:${Number(tick)}`, write: 'main' })
    await pullRows({
      pull: step as Pull & { readonly from: SqlSource },
      write: { ...identity, run: `run ${tick}`, attempt: 1, batch, generation: 0, logicalTime: Number(tick), inputs: [] },
      database: { name: 'shop', type: 'postgres', url },
      lake,
      log,
    })
  }
  duckdb.close()
  process.stdout.write('done\n')
}
