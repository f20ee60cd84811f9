/** What the test kills: pulls a folder into a lake, a table and one by key; prints `done`. */
import { join } from 'node:path'
import { bigint, dataset, fileSource, text } from '@sluice/author'
import { openDuckDB } from '@sluice/duckdb'
import { openLake } from '@sluice/lake'
import { pullOnce } from './pull.cases.ts'

const [, , root = ''] = process.argv
const duck = await openDuckDB({ threads: 1, memoryLimitMb: 256 })
const lake = openLake({ storage: join(root, 'lake'), project: 'demo', duckdb: async () => duck })
const columns = { id: bigint({ notNull: true }), note: text() }
const inbox = { path: join(root, 'inbox'), put: () => undefined, remove: () => undefined }
for (const into of [
  dataset('silver.rows', { on: 'lake', columns, quarantine: { warn: 1, fail: 1 } }),
  dataset('silver.keyed', { on: 'lake', columns, key: ['id'], quarantine: { warn: 1, fail: 1 } }),
]) {
  const source = fileSource({ name: 'inbox', folder: 'inbox', drift: { retyped: 'ignore' } })
  const { error } = await pullOnce({ lake, inbox, source, into, run: 'r1' })
  if (error !== undefined) throw error
}
duck.close()
process.stdout.write('done\n')
