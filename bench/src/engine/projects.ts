import { join } from 'node:path'
import { exactly, type Measure, measure, timed, timesLimit } from '../measure.ts'
import { lease } from '../settings.ts'
import type { Bench } from './bench.ts'
import { startHost } from './host.ts'
import { openPlatform } from './platform.ts'
import { writeProjects } from './project.ts'
import { rawQueue, timeDrain } from './raw.ts'

const [count, tasks, taskMs] = [3, 20, 200]

/**
 * More projects than workers, each with its own sources, all triggered at once on a platform that has run nothing. The limit is one task's
 * time and the statements; one second more is for importing three versions in two processes.
 */
export async function measureProjects(bench: Bench): Promise<readonly Measure[]> {
  const projects = await writeProjects(join(bench.dir, 'projects'), count, tasks, taskMs)
  const [one] = projects
  if (one === undefined) return []
  await using platform = await openPlatform(projects, await bench.databaseUrl('projects'))
  await using raw = await openPlatform(projects, await bench.databaseUrl('projects_raw'))
  const queue = await rawQueue(raw.pool)
  const triggerAll = (of: typeof platform): Promise<string[]> => Promise.all(projects.map(({ name }) => of.trigger(`work_${name}`, name)))
  await triggerAll(raw)
  const limit = taskMs + (await timeDrain(raw.pool, queue, 2, 50, count * tasks))
  await using host = await startHost({ databaseUrl: platform.databaseUrl, stateDir: one.stateDir, workers: 2, leaseMs: lease() })
  const ours = await timed(async () => {
    const runs = await triggerAll(platform)
    await Promise.all(runs.map(platform.ended))
  })
  const what = `${count} projects of ${tasks} tasks of ${taskMs} ms, two workers`
  return [
    measure(what, ours, 'ms', timesLimit(3, 1_000, 'ms'), limit),
    measure(`${what}: process starts`, host.started(), 'processes', exactly(2)),
  ]
}
