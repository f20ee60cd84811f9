import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { integer, timestamp } from '@sluice/author'
import { type DuckDB, openDuckDB } from '@sluice/duckdb'
import { type Lake, openLake } from '@sluice/lake'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { heldFiles } from './held-source.ts'

let [folder, duck, lake]: [string, DuckDB | undefined, Lake | undefined] = ['', undefined, undefined]
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice held '))
  const opened = await openDuckDB({ threads: 1 })
  duck = opened
  const policy = { datasets: { 'silver.rows': { keep: '30d', column: 'at' } } } as const
  lake = openLake({ storage: folder, project: 'demo', duckdb: async () => opened, policy })
})
afterAll(() => {
  duck?.close()
  rmSync(folder, { recursive: true, force: true })
})

const dataset = 'demo:lake.silver.rows'

async function put(of: Lake, path: string, days: readonly string[], more: object = {}): Promise<void> {
  const write = { project: 'demo', pipeline: 'p', run: 'r', task: 't', attempt: 1, dataset, generation: 0, logicalTime: 0, inputs: [] }
  const file = { source: 'inbox', path, bytes: 1, modified: 0, hash: path, ...more }
  using batches = await of.batches('silver.rows', [{ ...write, batch: path, file }])
  await batches.finish({
    columns: { id: integer(), at: timestamp() },
    judge: async () => ({
      good: `SELECT 1 AS id, unnest(${JSON.stringify(days).replaceAll('"', "'")})::TIMESTAMPTZ AS at, '${path}' AS _batch`,
      broken: `SELECT '' AS batch, 0 AS row_number, '' AS rule, '' AS place, '' AS cells WHERE false`,
      messages: {},
      counts: new Map([[path, { rowsIn: days.length, rowsQuarantined: 0 }]]),
    }),
  })
}

test('files are told with the rows that stand, those that were moved, and those whose rows went by retention', async () => {
  if (lake === undefined) throw new Error('there is a lake')
  await put(lake, 'old.csv', ['2026-01-01', '2026-01-02'])
  await put(lake, 'half.csv', ['2026-01-02', '2026-03-02'])
  await put(lake, 'archive/new.csv', ['2026-03-03'], { first: 'new.csv' })
  const at = { dataset, source: 'inbox', whole: false, keep: '30d' }
  expect(await heldFiles(lake, at)).toMatchObject({ files: 3, moved: 1, retained: 0, rowsWritten: 5 })
  await lake.retain({ now: Date.UTC(2026, 2, 5) })
  expect(await heldFiles(lake, at)).toMatchObject({ files: 3, moved: 1, retained: 1, rowsWritten: 2 })
})
