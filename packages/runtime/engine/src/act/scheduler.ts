import { type Instant, intervalOf, scheduledRunKey } from '@sluice/core'
import { listen, openPool, type Queryable } from '@sluice/postgres'
import { dueRuns } from '../plan/due-runs.ts'
import { channels } from '../state/channels.ts'
import { createRun } from '../state/create-run.ts'
import { admit } from '../state/finish.ts'
import { newRunId } from '../state/run-id.ts'
import { advanceCursor, type DuePipeline, duePipelines, earliestTick, pipelinesWithRoom } from '../state/schedule.ts'
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
  /** Called once for a trouble, until it changes or is over. */
  readonly onTrouble?: (message: string) => void
  readonly onRecovery?: () => void
}

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
  const { now = Date.now, pollMs = 1_000 } = options
  const pool = openPool(options.databaseUrl, { max: 2, applicationName: 'sluice scheduler' })
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
        await schedulerPass(pool, notifier, at)
        troubles.over()
        if (now() - forgotAt > 600_000) {
          forgotAt = now()
          await forgetWorkers(pool)
        }
        // A tick that is still due waits for room among the runs of its pipeline; the end of one of them notifies.
        const next = await earliestTick(pool, at)
        await wake.sleep(Math.min(pollMs, next === null ? pollMs : Math.max(1, next - now())))
      } catch (error) {
        troubles.tell(error instanceof Error ? error.message : String(error))
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

/** One look at everything a scheduler does. */
export async function schedulerPass(db: Queryable, notifier: Notifier, now: Instant): Promise<void> {
  for (const pipeline of await duePipelines(db, now)) await scheduleDue(db, pipeline, now)
  await afterTransition(db, notifier, await reap(db), 0)
  const room = await pipelinesWithRoom(db)
  if (room.length > 0 && (await admit(db, room)) > 0) notifier.notify(channels.ready)
}

async function scheduleDue(db: Queryable, pipeline: DuePipeline, now: Instant): Promise<void> {
  const { spec, timeZone } = pipeline
  if (spec.schedule === null) return
  const due = dueRuns({ ...pipeline, schedule: spec.schedule, catchup: spec.catchup, maxActiveRuns: spec.maxActiveRuns }, now)
  for (const tick of due.ticks) {
    await createRun(db, {
      id: newRunId(now, Math.random()),
      pipeline: pipeline.id,
      key: scheduledRunKey(tick),
      trigger: 'scheduled',
      logicalTime: tick,
      interval: intervalOf(spec.schedule, tick, timeZone),
      params: {},
    })
  }
  if (due.cursor !== pipeline.cursor) await advanceCursor(db, pipeline.id, pipeline.cursor, due.cursor, due.nextTick)
}
