import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BatchWrite, batchId, type LandedPage, type Pages, scheduledRunKey } from '@sluice/core'
import { type DuckDB, openDuckDB } from '@sluice/duckdb'
import { type Lake, openLake } from '../index.ts'

/** A lake in a folder with a space in its name, gone with `close`. */
export async function temporaryLake(): Promise<{ readonly lake: Lake; readonly root: string; readonly duck: DuckDB; close(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice lake '))
  const duck = await openDuckDB({ threads: 2, memoryLimitMb: 512, tempDirectory: join(folder, 'spill') })
  const root = join(folder, 'lake')
  return {
    lake: openLake({ root, project: 'demo', duckdb: async () => duck }),
    root,
    duck,
    close() {
      duck.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export const firstTick = Date.UTC(2026, 10, 21, 3, 30)

/** The write of one tick to one dataset. */
export function writeTo(
  dataset: string,
  options: { readonly tick?: number; readonly generation?: number; readonly attempt?: number } = {},
): BatchWrite {
  const tick = options.tick ?? firstTick
  const identity = { project: 'demo', pipeline: 'p', task: dataset, mapKey: null, dataset: `demo:lake.${dataset}`, write: 'main' }
  return {
    project: 'demo',
    pipeline: 'p',
    task: dataset,
    runId: `run-${tick}`,
    attempt: options.attempt ?? 1,
    dataset: identity.dataset,
    batch: batchId({ ...identity, runKey: scheduledRunKey(tick) }),
    generation: options.generation ?? 0,
    logicalTime: tick,
    inputs: [],
  }
}

export const page = (body: LandedPage['body'], rest: Partial<LandedPage> = {}): LandedPage => ({
  source: 'test:assets',
  request: 'GET http://localhost/assets',
  receivedAt: firstTick + 1_234,
  body,
  ...rest,
})

export async function* pagesOf(...bodies: readonly LandedPage['body'][]): Pages {
  for (const body of bodies) yield page(body)
}
