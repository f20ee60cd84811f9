import { setTimeout as delay } from 'node:timers/promises'
import { type Measure, measure, median, noBar, quantile, shareOfLimit, timed, timesLimit } from '../measure.ts'
import { monotonicMs } from './marks.ts'
import type { Platform } from './platform.ts'
import { chainLength } from './project.ts'
import { durableWakeUps, idleMs, rawQueue, timeDrain, wakeUps } from './raw.ts'

/** From the call of `trigger` to the recorded end. `raw` is a platform without workers. */
export async function measureChain(platform: Platform, raw: Platform, rounds: number): Promise<readonly Measure[]> {
  const queue = await rawQueue(raw.pool)
  const [ours, limit]: [number[], number[]] = [[], []]
  for (let round = -1; round < rounds; round++) {
    const mine = await timed(async () => platform.ended(await platform.trigger('chain')))
    await raw.trigger('chain')
    const theirs = await timeDrain(raw.pool, queue, 1, 1, chainLength)
    if (round < 0) continue
    ours.push(mine)
    limit.push(theirs)
  }
  return [measure(`chain of ${chainLength} no-op tasks`, median(ours), 'ms', timesLimit(1.3), median(limit))]
}

/** From the call of `trigger` to the first line of the task's code, one at a time. */
export async function measureLatency(platform: Platform, samples: number): Promise<readonly Measure[]> {
  const warm = 20
  const ours: number[] = []
  for (let n = -warm; n < samples; n++) {
    const calledMs = monotonicMs()
    const { taskRuns } = await platform.ended(await platform.trigger('single'))
    if (n >= 0) ours.push(Number(taskRuns[0]?.output) - calledMs)
    await delay(idleMs)
  }
  const raw = await wakeUps(platform.databaseUrl, samples)
  const durable = quantile(await durableWakeUps(platform.databaseUrl, samples), 0.5)
  const [queued, claimed] = await queueTimes(platform, samples)
  return [
    measure('enqueue to start p50', quantile(ours, 0.5), 'ms', timesLimit(4), quantile(raw, 0.5)),
    measure('enqueue to start p99', quantile(ours, 0.99), 'ms', timesLimit(5), quantile(raw, 0.99)),
    measure('enqueue to start p50, over a NOTIFY and two commits that last', quantile(ours, 0.5), 'ms', noBar, durable),
    measure('of it, in the queue (recorded by PostgreSQL) p50', queued, 'ms', noBar),
    measure('of it, in the queue (recorded by PostgreSQL) p99', claimed, 'ms', noBar),
  ]
}

async function queueTimes({ pool }: Platform, samples: number): Promise<readonly [number, number]> {
  const [row] = await pool.query<{ p50: number; p99: number }>(
    `select percentile_disc(0.5) within group (order by ms) as p50, percentile_disc(0.99) within group (order by ms) as p99 from (
       select extract(epoch from started_at - queued_at)::float8 * 1000 as ms from sluice.task_run where task = 'only' order by id desc limit $1
     ) t`,
    [samples],
  )
  return [row?.p50 ?? Number.NaN, row?.p99 ?? Number.NaN]
}

/** One run of independent tasks, from the call of `trigger` to its recorded end. */
export async function measureThroughput(platform: Platform, raw: Platform, tasks: number, rounds: number): Promise<readonly Measure[]> {
  const queue = await rawQueue(raw.pool)
  const [ours, limit]: [number[], number[]] = [[], []]
  for (let round = -1; round < rounds; round++) {
    const mine = await timed(async () => platform.ended(await platform.trigger('wide')))
    await raw.trigger('wide')
    const theirs = await timeDrain(raw.pool, queue, 2, 50, tasks)
    if (round < 0) continue
    ours.push((tasks / mine) * 1000)
    limit.push((tasks / theirs) * 1000)
  }
  return [measure(`no-op tasks, one run of ${tasks}, two workers`, median(ours), 'tasks/s', shareOfLimit(0.4), median(limit))]
}
