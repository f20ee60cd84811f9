import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { openDuckDB } from '@sluice/duckdb'
import { openLake } from '@sluice/lake'
import { withSession } from '@sluice/postgres'
import { testDatabase } from '@sluice/postgres/testing/database'
import { afterAll, expect, test } from 'vitest'
import { attempt, kills } from './attempts.cases.ts'
import { keyed, whole } from './killed-rows.cases.ts'
import { contentsOf } from './pull.cases.ts'

const script = join(import.meta.dirname, 'killed-rows.cases.ts')
const folder = mkdtempSync(join(tmpdir(), 'sluice killed rows '))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function contents(root: string) {
  const duck = await openDuckDB({ threads: 1 })
  const lake = openLake({ storage: join(root, 'lake'), project: 'demo', duckdb: async () => duck })
  const found = {
    whole: await contentsOf(lake, whole, 'row_number'),
    keyed: await contentsOf(lake, keyed, 'row_number'),
    receipts: (await lake.receipts())
      .map(({ dataset, batch, generation, rowsIn, rowsWritten, rowsQuarantined, slice }) =>
        JSON.stringify([dataset, batch, generation, rowsIn, rowsWritten, rowsQuarantined, slice]),
      )
      .sort(),
  }
  duck.close()
  return found
}

test('pulls of a database that are killed at random moments and started again end as those that were left alone', async () => {
  const seed = seedOfRun()
  const random = seeded(seed)
  await using database = await testDatabase()
  const sql = async (statement: string): Promise<unknown> => await withSession(database.url, (session) => session.query(statement))
  const [calm, stormy] = [join(folder, 'calm'), join(folder, 'stormy')]
  await sql(`create table orders (id bigint, note text, at timestamptz);
    insert into orders select n, 'note ' || n, '2026-01-01'::timestamptz + n * interval '1 minute' from generate_series(1, 3000) n;
    insert into orders select null, 'broken', '2026-01-01'`)
  const changes = [
    '',
    `delete from orders where id % 7 = 0;
     update orders set note = 'new', at = '2026-01-05'::timestamptz + id * interval '1 minute' where id % 5 = 0`,
  ]
  for (const [tick, change] of changes.entries()) {
    if (change !== '') await sql(change)
    const args = (root: string): readonly string[] => [root, database.url, String(tick)]
    const tookMs = (await attempt(script, args(calm))) ?? 0
    for (let kill = 0; kill < kills / 2; kill++) await attempt(script, args(stormy), tookMs * (0.15 + 0.85 * random.next()))
    await attempt(script, args(stormy))
  }
  const ended = await contents(stormy)
  expect(ended, `SLUICE_SEED=${seed}`).toEqual(await contents(calm))
  expect(ended.receipts).toHaveLength(4)
  expect(ended.whole.rows).toHaveLength(3000 - 428)
})
