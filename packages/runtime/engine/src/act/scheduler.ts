import { setTimeout as delay } from 'node:timers/promises'
import { formatInstant, type Instant, intervalOf, SluiceError, scheduledRunKey } from '@sluice/core'
import { listen, openPool, type Queryable } from '@sluice/postgres'
import { dueRuns } from '../plan/due-runs.ts'
import { channels } from '../state/channels.ts'
import { createRuns } from '../state/create-runs.ts'
import { admit } from '../state/finish.ts'
import { newRunIds } from '../state/run-id.ts'
import {
  advanceCursor,
  type DuePipeline,
  duePipelines,
  earliestTick,
  type PipelineName,
  pipelinesAhead,
  pipelinesThatWait,
  pipelinesWithRoom,
} from '../state/schedule.ts'
import { forgetWorkers, reap } from '../state/workers.ts'
import { afterTransition } from './after-transition.ts'
import { Notifier } from './notifier.ts'
import { createTroubles } from './troubles.ts'
import { Wake } from './wake.ts'

export interface StartSchedulerOptions {
  readonly databaseUrl: string
  /** How often it looks without a notification. Default 1 s. */
  readonly pollMs?: number
  /** The clock of ticks. Default: the machine's. */
  readonly now?: () => Instant
  /** Whether it makes the runs of ticks that are due. Default: it does. Without, it still admits runs and queues lost tasks again. */
  readonly ticks?: boolean
  /** Called once for a trouble, until it changes or is over. */
  readonly onTrouble?: (message: string) => void
  readonly onRecovery?: () => void
}

/** From a notification to the look: what became runnable begins meanwhile, and news that come together are looked at once. */
const afterMs = 5

export interface Scheduler {
  /** Finishes the pass at hand. */
  stop(): Promise<void>
}

/**
 * Creates the runs of ticks that are due, queues the tasks of expired leases again, and admits waiting runs. Any number of schedulers run
 * at once without a leader: the key of a tick's run is unique, and the other transitions are idempotent (rule 11). It sleeps until the next
 * tick, a notification, or the poll interval.
 */
export async function startScheduler(options: StartSchedulerOptions): Promise<Scheduler> {
  const { now = Date.now, pollMs = 1_000, ticks = true } = options
  const pool = openPool(options.databaseUrl, { max: 2, applicationName: 'sluice scheduler', lockTimeoutMs: 2_000 })
  const notifier = new Notifier(pool)
  const wake = new Wake()
  const listener = await listen(options.databaseUrl, [channels.run, channels.version], () => wake.wake(), {
    onReconnect: () => wake.wake(),
  })
  const troubles = createTroubles({ trouble: (message) => options.onTrouble?.(message), recovered: () => options.onRecovery?.() })
  let stopping = false
  let forgotAt = 0
  const loop = async (): Promise<void> => {
    while (!stopping) {
      wake.forget()
      try {
        const at = now()
        const found = await schedulerPass(pool, notifier, at, { ticks })
        for (const message of found) troubles.tell(message)
        if (found.length === 0) troubles.over()
        if (now() - forgotAt > 600_000) {
          forgotAt = now()
          await forgetWorkers(pool)
        }
        // A tick that is still due waits for room among the runs of its pipeline; the end of one of them notifies.
        const next = await earliestTick(pool, at)
        if (await wake.sleep(Math.min(pollMs, next === null ? pollMs : Math.max(1, next - now())))) await delay(afterMs)
      } catch (error) {
        troubles.tell(messageOf(error))
        await wake.sleep(pollMs)
      }
    }
  }
  const looping = loop()
  return {
    stop: async () => {
      stopping = true
      wake.wake()
      await looping
      await listener.close()
      await notifier.flush()
      await pool.end()
    },
  }
}

/**
 * One look at everything a scheduler does. What fails for one pipeline is answered with its name, and holds up neither the other pipelines
 * nor the tasks of dead workers nor the runs that wait. @throws when the database cannot be reached
 */
export async function schedulerPass(
  db: Queryable,
  notifier: Notifier,
  now: Instant,
  { ticks = true }: { readonly ticks?: boolean } = {},
): Promise<readonly string[]> {
  const troubles: string[] = []
  const apart = async (act: () => Promise<void>, of?: Pick<PipelineName, 'project' | 'name'>): Promise<void> => {
    try {
      await act()
    } catch (error) {
      if (error instanceof SluiceError && error.facts.retry === 'connection') throw error
      troubles.push(of === undefined ? messageOf(error) : `pipeline ${of.project}:${of.name}: ${messageOf(error)}`)
    }
  }
  if (ticks) {
    await apart(async () => {
      for await (const pipeline of duePipelines(db, now)) await apart(() => scheduleDue(db, notifier, pipeline, now), pipeline)
    })
    await apart(async () => {
      for (const each of await pipelinesAhead(db, now)) troubles.push(aheadOfTime(each))
    })
  }
  await apart(async () => {
    const reaped = await reap(db)
    await afterTransition(db, notifier, reaped, reaped.released)
  })
  await apart(async () => {
    // Where the one question about all of them fails for one, each is asked for itself: the one that fails is told then.
    const room = await pipelinesWithRoom(db).catch(() => pipelinesThatWait(db))
    for (const pipeline of room) {
      await apart(async () => {
        if ((await admit(db, [pipeline.id])) > 0) notifier.notify(channels.ready)
      }, pipeline)
    }
  })
  return troubles
}

async function scheduleDue(db: Queryable, notifier: Notifier, pipeline: DuePipeline, now: Instant): Promise<void> {
  const { schedule, timeZone } = pipeline
  const due = dueRuns(pipeline, now)
  if (due.ticks.length > 0) {
    const ids = newRunIds(now, due.ticks.length)
    const { made, released } = await createRuns(db, {
      actor: 'schedule',
      pipeline: pipeline.id,
      trigger: 'scheduled',
      runs: due.ticks.map((tick, n) => ({
        id: ids[n] ?? '',
        key: scheduledRunKey(tick),
        logicalTime: tick,
        interval: intervalOf(schedule, tick, timeZone),
      })),
      params: {},
      notifies: [],
    })
    if (released > 0) notifier.notify(channels.ready)
    if (made.length > 0) notifier.notify(channels.run)
  }
  if (due.cursor !== pipeline.cursor) await advanceCursor(db, pipeline.id, pipeline.cursor, due.cursor, due.nextTick)
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const aheadOfTime = ({ project, name, cursor }: Awaited<ReturnType<typeof pipelinesAhead>>[number]): string =>
  `pipeline ${project}:${name}: its ticks are decided up to ${formatInstant(cursor)}, which has not come: a clock was set back, or had been ` +
  `set forward. No tick runs before. To run the ticks from now on: sluice pipelines rewind ${name} --project ${project}`
