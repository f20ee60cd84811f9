import { join } from 'node:path'
import { benchServer } from '../database.ts'
import { startHost } from '../engine/host.ts'
import { openPlatform } from '../engine/platform.ts'
import { writeProject } from '../engine/project.ts'
import { measureDeadHost, measureDeadWorker, measureLosses } from '../engine/recovery.ts'
import { measureChain, measureLatency, measureThroughput } from '../engine/speed.ts'
import type { Measure } from '../measure.ts'
import { scratchFolder } from '../scratch.ts'
import { lease, rounds, scaled } from '../settings.ts'

/** The orchestrator over the embedded server, with real worker processes and logs. */
export async function run(progress: (line: string) => void): Promise<readonly Measure[]> {
  await using scratch = await scratchFolder('engine')
  await using database = await benchServer(join(scratch.dir, 'postgres'))
  const [wide, crowd] = [scaled(5_000), scaled(1_000)]
  const project = await writeProject(join(scratch.dir, 'platform'), { wide, crowd })
  await using platform = await openPlatform(project, await database.url('sluice'))
  await using raw = await openPlatform(project, await database.url('raw'))
  const measures: Measure[] = []
  {
    await using host = await startHost({ databaseUrl: platform.databaseUrl, stateDir: project.stateDir, workers: 2, leaseMs: lease() })
    progress('chain')
    measures.push(...(await measureChain(platform, raw, rounds(9))))
    progress('latency')
    measures.push(...(await measureLatency(platform, scaled(1_000))))
    progress('throughput')
    measures.push(...(await measureThroughput(platform, raw, wide, rounds(5))))
    progress('killed workers')
    measures.push(...(await measureDeadWorker(platform, host, project, rounds(9))))
    measures.push(...(await measureLosses(platform, host, project, crowd)))
  }
  progress('dead hosts')
  measures.push(...(await measureDeadHost(platform, project, rounds(3))))
  return measures
}
