/** A landing in bronze with DuckDB at 64 MB: little first, then all lines, in one body or in pages of 8 MB. */
import type { LandedPage, Pages } from '@sluice/author'
import { openDuckDB } from '@sluice/duckdb'
import { openLake } from '@sluice/lake'
import { pagesOfLines } from '@sluice/sources/pages'
import { peakMemoryMb } from '../peak-memory.ts'
import type { Growth } from './growth.ts'
import { jsonLine, linesOf } from './lines.ts'

const { folder, lines, inPages } = JSON.parse(process.env.BENCH_OPTIONS ?? '') as {
  readonly folder: string
  readonly lines: number
  readonly inPages: boolean
}
const duckdb = await openDuckDB({ threads: 2, memoryLimitMb: 64, tempDirectory: `${folder}-spill` })
const lake = openLake({ storage: folder, project: 'bench', duckdb: async () => duckdb })

async function* only(page: LandedPage): Pages {
  yield page
}

async function land(batch: string, count: number): Promise<number> {
  const page: LandedPage = { source: 'bench', request: 'GET /lines', receivedAt: 0, body: linesOf(count, jsonLine) }
  const write = {
    project: 'bench',
    pipeline: 'bench',
    task: 'land',
    runId: 'bench',
    run: 'bench',
    attempt: 1,
    dataset: 'bench:lake.bronze.lines',
    batch,
    generation: 1,
    logicalTime: Date.UTC(2026, 0, 1),
    inputs: [],
  }
  await lake.land(write, inPages ? pagesOfLines(page) : only(page))
  return await peakMemoryMb()
}

const small = await land('small', Math.min(lines, 16_384))
const large = await land('large', lines)
duckdb.close()
console.log(JSON.stringify({ small, large } satisfies Growth))
