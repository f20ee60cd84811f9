import { setTimeout as delay } from 'node:timers/promises'
import { type Measure, measure, median, shareOfLimit, timed, timesLimit } from '../measure.ts'
import type { Platform } from './platform.ts'
import { tasksOfTen, waitingTasks, waitMs } from './project.ts'
import { rawQueue, timeDrain } from './raw.ts'

/** Tasks that wait, all at once: the wait of one and the statements of all are the limit. */
export async function measureWaits(platform: Platform, raw: Platform, rounds: number): Promise<readonly Measure[]> {
  const queue = await rawQueue(raw.pool)
  const [ours, limit]: [number[], number[]] = [[], []]
  for (let round = -1; round < rounds; round++) {
    const mine = await timed(async () => platform.ended(await platform.trigger('waits')))
    await raw.trigger('waits')
    const theirs = waitMs + (await timeDrain(raw.pool, queue, 2, 50, waitingTasks))
    if (round < 0) continue
    ours.push(mine)
    limit.push(theirs)
  }
  return [measure(`${waitingTasks} tasks that wait ${waitMs / 1000} s, two workers`, median(ours), 'ms', timesLimit(2.9), median(limit))]
}

/** Many small runs, from the first call of `trigger` to the end of the last run. */
export async function measureManyRuns(platform: Platform, raw: Platform, runs: number): Promise<readonly Measure[]> {
  const queue = await rawQueue(raw.pool)
  const ours = await timed(async () => {
    await triggerMany(platform, 'ten', runs)
    while ((await openRuns(platform)) > 0) await delay(5)
  })
  const limit = await timed(async () => {
    await triggerMany(raw, 'ten', runs)
    // Each level of each run is released by the one before: the drain takes what there is until there is nothing.
    await timeDrain(raw.pool, queue, 2, 50, runs * tasksOfTen)
  })
  const tasksASecond = (ms: number): number => (runs * tasksOfTen * 1000) / ms
  return [
    measure(`${runs} runs of ${tasksOfTen} tasks, two workers`, tasksASecond(ours), 'tasks/s', shareOfLimit(0.4), tasksASecond(limit)),
  ]
}

async function triggerMany(platform: Platform, pipeline: string, runs: number): Promise<void> {
  const clients = Array.from({ length: 4 }, async (_, client) => {
    for (let n = client; n < runs; n += 4) await platform.trigger(pipeline)
  })
  await Promise.all(clients)
}

async function openRuns({ pool }: Platform): Promise<number> {
  const [row] = await pool.query<{ open: number }>("select count(*)::int as open from sluice.run where state in ('queued', 'running')")
  return row?.open ?? 0
}

/** Many outputs into one task, from `trigger` to the end of the run; the statements alone are the limit. */
export async function measureFanIn(platform: Platform, raw: Platform, parts: number, rounds: number): Promise<readonly Measure[]> {
  const queue = await rawQueue(raw.pool)
  const [ours, limit]: [number[], number[]] = [[], []]
  const expected = (parts * (parts - 1)) / 2
  for (let round = -1; round < rounds; round++) {
    let sum: unknown
    const mine = await timed(async () => {
      const { taskRuns } = await platform.ended(await platform.trigger('fan_in'))
      sum = taskRuns.find(({ task }) => task === 'sum')?.output
    })
    if (sum !== expected) throw new Error(`The sum of the outputs is ${String(sum)}, not ${expected}.`)
    await raw.trigger('fan_in')
    const theirs = await timeDrain(raw.pool, queue, 2, 50, parts + 1)
    if (round < 0) continue
    ours.push(mine)
    limit.push(theirs)
  }
  return [measure(`fan-in of ${parts} outputs`, median(ours), 'ms', timesLimit(2.5), median(limit))]
}
