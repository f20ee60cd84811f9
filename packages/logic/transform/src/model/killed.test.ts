import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { type DuckDB, openDuckDB } from '@sluice/duckdb'
import { openLake } from '@sluice/lake'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { attempt, kills } from '../pull/attempts.cases.ts'

const script = join(import.meta.dirname, 'killed.cases.ts')
const folder = mkdtempSync(join(tmpdir(), 'sluice killed '))
let duck: DuckDB
beforeAll(async () => {
  duck = await openDuckDB({ threads: 1 })
})
afterAll(() => {
  duck.close()
  rmSync(folder, { recursive: true, force: true })
})

async function contents(root: string): Promise<unknown> {
  const lake = openLake({ storage: root, project: 'demo', duckdb: async () => duck })
  const connection = await lake.connect()
  const of = async (dataset: string, columns: string) =>
    await connection.rows(`SELECT ${columns} FROM (${await lake.scan(connection, dataset)}) ORDER BY ALL`)
  const found = {
    rows: await of('silver.rows', '*'),
    whole: await of('silver.whole', '*'),
    keyed: await of('silver.keyed', '*'),
    ofBatches: await of('silver.keyed__batches', '* EXCLUDE (_turn)'),
    versions: await of('silver.versions', '*'),
    seen: await of('silver.versions__batches', '* EXCLUDE (_turn)'),
    broken: await of('silver.rows__quarantine', '* EXCLUDE (quarantined_at)'),
    files: await of('silver.files', '*'),
    brokenOfFiles: await of('silver.files__quarantine', '* EXCLUDE (quarantined_at)'),
    held: await Array.fromAsync(lake.filesOf('silver.files', 'orders'), (files) => files.map(({ path, hash, run }) => [path, hash, run])),
    bronze: await of('bronze.lines', '*'),
    receipts: (await lake.receipts()).map(({ dataset, batch, rowsIn, rowsWritten, rowsQuarantined }) => [
      dataset,
      batch,
      rowsIn,
      rowsWritten,
      rowsQuarantined,
    ]),
  }
  connection.close()
  return found
}

test('killed at random moments and started again, landing, models and files end with the tables of an undisturbed run', async () => {
  const seed = seedOfRun()
  const random = seeded(seed)
  const calm = join(folder, 'calm')
  const tookMs = (await attempt(script, [calm])) ?? 0
  const stormy = join(folder, 'stormy')
  let killed = 0
  while (killed < kills && (await attempt(script, [stormy], tookMs * (0.2 + 0.8 * random.next()))) === undefined) killed++
  await attempt(script, [stormy])
  expect(await contents(stormy), `SLUICE_SEED=${seed}, ${killed} kills`).toEqual(await contents(calm))
  expect(readdirSync(join(stormy, 'demo', 'bronze', '_spool')).length, `SLUICE_SEED=${seed}`).toBeLessThanOrEqual(2)
})
