import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bigint, dataset, text } from '@sluice/author'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { openDuckDB } from '@sluice/duckdb'
import { openLake } from '@sluice/lake'
import { afterAll, expect, test } from 'vitest'
import { attempt, kills } from './attempts.cases.ts'
import { contentsOf, inboxAt } from './pull.cases.ts'

const script = join(import.meta.dirname, 'killed.cases.ts')
const folder = mkdtempSync(join(tmpdir(), 'sluice killed pull '))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function contents(root: string): Promise<unknown> {
  const duck = await openDuckDB({ threads: 1 })
  const lake = openLake({ storage: join(root, 'lake'), project: 'demo', duckdb: async () => duck })
  const columns = { id: bigint({ notNull: true }), note: text() }
  const found = {
    rows: await contentsOf(lake, dataset('silver.rows', { on: 'lake', columns })),
    keyed: await contentsOf(lake, dataset('silver.keyed', { on: 'lake', columns, key: ['id'] })),
    receipts: (await lake.receipts())
      .map(({ dataset, batch, generation, rowsIn, rowsWritten }) => [dataset, batch, generation, rowsIn, rowsWritten])
      .sort(),
  }
  duck.close()
  return found
}

test('a pull that is killed at random moments and started again ends as one that was left alone', async () => {
  const seed = seedOfRun()
  const random = seeded(seed)
  const [calm, stormy] = [join(folder, 'calm'), join(folder, 'stormy')]
  const inbox = inboxAt(join(calm, 'inbox'))
  for (let file = 0; file < 12; file++) {
    const rows = Array.from({ length: 40 }, (_, row) => `${row === 7 ? 'x' : row + 20 * file},${file}.${row}`)
    inbox.put(`${String(file).padStart(2, '0')}.csv`, `id,note\n${rows.join('\n')}\n`)
  }
  cpSync(join(calm, 'inbox'), join(stormy, 'inbox'), { recursive: true, preserveTimestamps: true })
  const tookMs = (await attempt(script, [calm])) ?? 0
  for (let kill = 0; kill < kills; kill++) await attempt(script, [stormy], tookMs * (0.15 + 0.85 * random.next()))
  await attempt(script, [stormy])
  expect(await contents(stormy), `SLUICE_SEED=${seed}`).toEqual(await contents(calm))
})
