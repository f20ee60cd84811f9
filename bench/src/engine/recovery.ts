import { setTimeout as delay } from 'node:timers/promises'
import { atMost, exactly, type Measure, measure } from '../measure.ts'
import { lease } from '../settings.ts'
import { type Host, killNow, startHost } from './host.ts'
import { forgetMarks, type Mark, markWhere, monotonicMs, readMarks } from './marks.ts'
import type { Platform } from './platform.ts'
import type { BenchProject } from './project.ts'

const patienceMs = 60_000

/**
 * SIGKILL of the process that runs a task, while another worker is idle, to the first line of the next attempt; the longest of the samples.
 */
export async function measureDeadWorker(
  platform: Platform,
  host: Host,
  project: BenchProject,
  samples: number,
): Promise<readonly Measure[]> {
  const times: number[] = []
  for (let n = 0; n < samples; n++) times.push(await untilNextAttempt(platform, project, async ({ pid }) => killNow(pid), host))
  return [measure(`a killed worker's task runs again, longest of ${samples}`, Math.max(...times), 'ms', atMost(1_000, 'ms'))]
}

/** The same with the whole host of the task gone, while another host lives. */
export async function measureDeadHost(platform: Platform, project: BenchProject, samples: number): Promise<readonly Measure[]> {
  const options = { databaseUrl: platform.databaseUrl, stateDir: project.stateDir, workers: 1, leaseMs: lease() }
  const times: number[] = []
  for (let n = 0; n < samples; n++) {
    await using victim = await startHost(options)
    await using survivors = new AsyncDisposableStack()
    const kill = async (): Promise<void> => {
      survivors.use(await startHost(options))
      await victim.kill()
    }
    times.push(await untilNextAttempt(platform, project, kill))
  }
  return [
    measure(
      `a dead host's task runs again, longest of ${samples}, lease ${lease() / 1000} s`,
      Math.max(...times),
      'ms',
      atMost(30_000, 'ms'),
    ),
  ]
}

/** The kill counts from its end: what it needs to prepare is not part of the time. */
async function untilNextAttempt(
  platform: Platform,
  { marks }: BenchProject,
  kill: (first: Mark) => Promise<void>,
  host?: Host,
): Promise<number> {
  await host?.whole()
  await forgetMarks(marks)
  const run = await platform.trigger('hold')
  const first = await markWhere(marks, ({ attempt }) => attempt === 1, patienceMs)
  await kill(first)
  const killedMs = monotonicMs()
  const second = await markWhere(marks, ({ attempt }) => attempt === 2, patienceMs)
  await platform.ended(run)
  return second.atMs - killedMs
}

/** A run of many short tasks whose workers are killed one by one while it goes. */
export async function measureLosses(platform: Platform, host: Host, { marks }: BenchProject, tasks: number): Promise<readonly Measure[]> {
  await host.whole()
  await forgetMarks(marks)
  const run = await platform.trigger('crowd')
  let kills = 0
  for (let share = 0.2; share < 0.9; share += 0.2) {
    while ((await readMarks(marks)).length < tasks * share) await delay(1)
    await host.whole()
    killNow(host.workers()[kills++ % 2])
  }
  const { taskRuns } = await platform.ended(run)
  const executions = new Map<string, number>()
  for (const { task, attempt } of await readMarks(marks)) {
    const key = `${task} ${attempt}`
    executions.set(key, (executions.get(key) ?? 0) + 1)
  }
  const lost = taskRuns.filter(({ task, state, attempt }) => state !== 'success' || !executions.has(`${task} ${attempt}`))
  const doubled = [...executions.values()].filter((count) => count > 1)
  const what = `${kills} workers killed in a run of ${tasks} tasks`
  return [
    measure(`${what}: tasks lost`, lost.length + tasks - taskRuns.length, 'tasks', exactly(0)),
    measure(`${what}: attempts executed twice`, doubled.length, 'attempts', exactly(0)),
  ]
}
