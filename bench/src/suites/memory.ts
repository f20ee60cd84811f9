import { join } from 'node:path'
import { migratePlatform } from '@sluice/warehouse'
import { benchServer } from '../database.ts'
import { startHost } from '../engine/host.ts'
import { openPlatform } from '../engine/platform.ts'
import { writeProject } from '../engine/project.ts'
import { atMost, type Measure, measure } from '../measure.ts'
import { type Growth, growthOf } from '../memory/growth.ts'
import { lineBytes } from '../memory/lines.ts'
import { workerGrowth } from '../memory/worker.ts'
import { scratchFolder } from '../scratch.ts'
import { lease, scaled } from '../settings.ts'

/**
 * What the allocators keep, MB: measured 50 to 190 over 2 GB, in both directions, with a JavaScript heap of 9 MB before and after. What
 * is held by mistake comes in gigabytes.
 */
const noise = 256

/** What is at hand may be held, what has passed may not: memory behind much work over memory behind little, in the same process. */
export async function run(progress: (line: string) => void): Promise<readonly Measure[]> {
  await using scratch = await scratchFolder('memory')
  await using database = await benchServer(join(scratch.dir, 'postgres'))
  const lines = scaled(5_000_000)
  const gigabytes = ((lines * lineBytes) / 2 ** 30).toFixed(2)
  const measures: Measure[] = []

  progress(`landing ${gigabytes} GB in pages`)
  const pages = await growthOf('land-process.ts', { folder: join(scratch.dir, 'pages'), lines, inPages: true })
  measures.push(growth(`landing ${gigabytes} GB of lines in pages of 8 MB, DuckDB limited to 64 MB`, pages, noise))
  const inBody = Math.min(lines, 1_000_000)
  progress('landing one body')
  const body = await growthOf('land-process.ts', { folder: join(scratch.dir, 'body'), lines: inBody, inPages: false })
  measures.push(growth(`landing one body of ${Math.round((inBody * lineBytes) / 2 ** 20)} MB, DuckDB limited to 64 MB`, body, noise))

  progress(`load of ${gigabytes} GB`)
  const url = await database.url('bench')
  await migratePlatform(url)
  const load = await growthOf('load-process.ts', { url, rows: lines })
  measures.push(growth(`load of ${gigabytes} GB of CSV`, load, noise))

  const [outputs, runs] = [scaled(5_000), 4]
  progress(`${runs} runs of ${outputs} tasks with outputs`)
  const project = await writeProject(join(scratch.dir, 'platform'), { wide: 1, crowd: 1, outputs })
  await using platform = await openPlatform([project], await database.url('sluice'))
  await using host = await startHost({ databaseUrl: platform.databaseUrl, stateDir: project.stateDir, workers: 2, leaseMs: lease() })
  const worker = await workerGrowth(platform, host, runs)
  measures.push(growth(`a worker process over ${runs * outputs} tasks with outputs of 16 KB`, worker, noise))
  return measures
}

const growth = (what: string, { small, large }: Growth, most: number): Measure =>
  measure(`${what}: growth of memory`, Math.max(0, large - small), 'MB', atMost(most, 'MB'))
