import { join } from 'node:path'
import { bigint, dataset, fileSource, timestamp } from '@sluice/author'
import { openDuckDB } from '@sluice/duckdb'
import { openLake } from '@sluice/lake'
import { temporaryLake } from '@sluice/lake/testing'
import { expect, test } from 'vitest'
import { contentsOf, inboxAt, pullOnce } from './pull.cases.ts'

const columns = { id: bigint({ notNull: true }), at: timestamp({ notNull: true }) }
const source = fileSource({ name: 'inbox', folder: 'inbox', vanished: 'delete' })

test.each([
  dataset('silver.plain', { on: 'lake', columns, keep: '30d', order: 'at' }),
  dataset('silver.keyed', { on: 'lake', columns, keep: '30d', order: 'at', key: ['id'] }),
])('a file of $id whose rows went by retention is not pulled again while it lies there, moved or not; a corrected one is', async (into) => {
  const at = await temporaryLake()
  const duck = await openDuckDB({ threads: 1 })
  const policy = { datasets: { [into.name]: { keep: '30d', column: 'at' } } } as const
  const lake = openLake({ storage: join(at.root, 'kept'), project: 'demo', duckdb: async () => duck, policy })
  const inbox = inboxAt(join(at.root, 'inbox'))
  const pulled = async (run: string) => await pullOnce({ lake, inbox, source, into, run })
  inbox.put('old.csv', 'id,at\n1,2026-01-01T00:00:00Z\n')
  inbox.put('new.csv', 'id,at\n2,2026-03-01T00:00:00Z\n')
  await pulled('r1')
  await lake.retain({ now: Date.UTC(2026, 2, 5) })
  expect((await contentsOf(lake, into)).rows).toHaveLength(1)
  expect((await pulled('r2')).output).toMatchObject({ batches: 0, files: { unchanged: 2 } })
  inbox.put('archive/old.csv', 'id,at\n1,2026-01-01T00:00:00Z\n')
  inbox.remove('old.csv')
  expect((await pulled('r3')).output).toMatchObject({ batches: 0, files: { moved: 1, unchanged: 1 } })
  expect((await contentsOf(lake, into)).rows).toHaveLength(1)
  inbox.put('archive/old.csv', 'id,at\n1,2026-03-02T00:00:00Z\n')
  expect((await pulled('r4')).output).toMatchObject({ batches: 1, files: { changed: 1 } })
  expect((await contentsOf(lake, into)).rows).toHaveLength(2)
  duck.close()
  at.close()
})
