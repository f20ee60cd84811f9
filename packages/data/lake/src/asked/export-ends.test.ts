import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDuckDB } from '@sluice/duckdb'
import { expect, test } from 'vitest'
import { openAnswerProcesses, openLakes } from '../index.ts'

test('an export ends with the caller who leaves it: its process is gone, and nothing of it is in the lake', async () => {
  const root = await mkdtemp(join(tmpdir(), 'sluice-export-'))
  const duckdb = await openDuckDB({ threads: 1 })
  const scratch = join(root, 'answers')
  const answers = openAnswerProcesses({ place: { folder: join(root, 'lake') }, scratch, threads: 1 })
  try {
    const lakes = openLakes({ storage: join(root, 'lake'), projects: ['demo'], duckdb: async () => duckdb, answers })
    const lake = await lakes.named('demo')
    const left = new AbortController()
    const endless = 'SELECT count(*) AS n FROM range(10000000) a, range(10000000) b'
    const exporting = lake.exportNow('gold.left', { from: { sql: endless }, format: 'parquet' }, {}, left.signal)
    exporting.catch(() => undefined)
    // The process has made its folder: it is about to answer, or does.
    await expect.poll(() => readdir(scratch).catch(() => []), { timeout: 300_000 }).toHaveLength(1)
    left.abort(new Error('the caller has left'))
    await expect(exporting).rejects.toThrow('the caller has left')
    await expect.poll(() => readdir(scratch), { timeout: 300_000 }).toEqual([])
    expect((await lake.tables()).map(({ dataset }) => dataset)).toEqual([])
  } finally {
    await answers.close()
    duckdb.close()
    await rm(root, { recursive: true, force: true })
  }
})
