import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { type DuckDB, openDuckDB } from '@sluice/duckdb'
import { openLake } from '@sluice/lake'
import { afterAll, beforeAll, expect, test } from 'vitest'

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

/** Runs the script to its end, or kills it after so many milliseconds; how long it took when it ended by itself. */
async function attempt(root: string, killAfterMs: number | undefined): Promise<number | undefined> {
  const startedMs = performance.now()
  const child = spawn(process.execPath, [script, root], { stdio: ['ignore', 'pipe', 'inherit'] })
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  const [code] = (await once(child, 'exit')) as [number | null]
  clearTimeout(timer)
  if (code !== null && code !== 0) throw new Error(`the script failed with ${code}`)
  return code === 0 ? performance.now() - startedMs : undefined
}

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
  const tookMs = (await attempt(calm, undefined)) ?? 0
  const stormy = join(folder, 'stormy')
  let kills = 0
  while (kills < 12 && (await attempt(stormy, tookMs * (0.2 + 0.8 * random.next()))) === undefined) kills++
  await attempt(stormy, undefined)
  expect(await contents(stormy), `SLUICE_SEED=${seed}, ${kills} kills`).toEqual(await contents(calm))
  expect(readdirSync(join(stormy, 'demo', 'bronze', '_spool')).length, `SLUICE_SEED=${seed}`).toBeLessThanOrEqual(2)
})
