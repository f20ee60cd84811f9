import { type Bench, openBench } from '../engine/bench.ts'
import { measureClaims, measureRunsList } from '../engine/full-tables.ts'
import { busyShare } from '../engine/machine.ts'
import { measureProjects } from '../engine/projects.ts'
import { measureDeadHost, measureDeadWorker, measureLosses } from '../engine/recovery.ts'
import { measureIdle, measureReady } from '../engine/server.ts'
import { measureFanIn, measureManyRuns, measureWaits } from '../engine/shapes.ts'
import { measureChain, measureLatency, measureThroughput } from '../engine/speed.ts'
import { atMost, type Measure, measure, median, noBar } from '../measure.ts'
import { workerGrowth } from '../memory/worker.ts'
import { scratchFolder } from '../scratch.ts'
import { rounds, scaled } from '../settings.ts'

const [wide, crowd, outputs, fanIn] = [scaled(5_000), scaled(1_000), scaled(5_000), scaled(1_000)]

/** Platform `sluice` has two warm workers; `raw` has none, and the statements are sent by the benchmark itself. */
const sides = async (bench: Bench) => {
  const [platform, raw] = [await bench.platform('sluice'), await bench.platform('raw')]
  return { platform, raw, host: await bench.host(), project: await bench.project() }
}

const measured: Readonly<Record<string, (bench: Bench) => Promise<readonly Measure[]>>> = {
  chain: async (bench) => {
    const { platform, raw } = await sides(bench)
    return await measureChain(platform, raw, rounds(9))
  },
  latency: async (bench) => await measureLatency((await sides(bench)).platform, scaled(1_000)),
  throughput: async (bench) => {
    const { platform, raw } = await sides(bench)
    return await measureThroughput(platform, raw, wide, rounds(5))
  },
  waits: async (bench) => {
    const { platform, raw } = await sides(bench)
    return await measureWaits(platform, raw, rounds(3))
  },
  'many-runs': async (bench) => {
    const { platform, raw } = await sides(bench)
    return await measureManyRuns(platform, raw, scaled(500))
  },
  'fan-in': async (bench) => {
    const { platform, raw } = await sides(bench)
    return await measureFanIn(platform, raw, fanIn, rounds(3))
  },
  projects: measureProjects,
  'killed-worker': async (bench) => {
    const { platform, host, project } = await sides(bench)
    return [...(await measureDeadWorker(platform, host, project, rounds(9))), ...(await measureLosses(platform, host, project, crowd))]
  },
  'dead-host': async (bench) => await measureDeadHost(await bench.platform('dead_host'), await bench.project(), rounds(3)),
  memory: async (bench) => {
    const { platform, host } = await sides(bench)
    const { small, large } = await workerGrowth(platform, host, 4)
    const what = `a worker process over ${4 * outputs} task runs with outputs of 16 KB`
    return [measure(`${what}: growth of memory`, Math.max(0, large - small), 'MB', atMost(256, 'MB'))]
  },
  idle: async (bench) => await measureIdle(bench, 2 * rounds(10)),
  ready: async (bench) => await measureReady(bench, rounds(5)),
  claims: async (bench) => await measureClaims(bench, scaled(100_000)),
  'runs-list': async (bench) => await measureRunsList(bench, scaled(1_000_000)),
}

export const rows: readonly string[] = Object.keys(measured)

/** The orchestrator over the embedded server, with real worker processes and logs. */
export async function run(progress: (line: string) => void, wanted: readonly string[]): Promise<readonly Measure[]> {
  await using scratch = await scratchFolder('engine')
  await using bench = openBench(scratch.dir, { wide, crowd, outputs, fanIn })
  const measures: Measure[] = []
  const busy: number[] = []
  for (const [name, row] of Object.entries(measured)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    const share = await busyShare()
    busy.push(share)
    progress(`${name} (before it, ${Math.round(share * 100)} % of the machine are in use)`)
    measures.push(...(await row(bench)))
  }
  return [...measures, measure('in use of the machine before each row', median(busy) * 100, '%', noBar)]
}
