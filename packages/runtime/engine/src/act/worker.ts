import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { placeOf } from '@sluice/core'
import { type Pool, retryAfter } from '@sluice/postgres'
import { attemptErrors } from '../errors.ts'
import { asksToBeReplaced } from '../plan/assign-workers.ts'
import { type ClaimRoom, firstWidth, mostAtOnce, nextWidth, roomBeside } from '../plan/batching.ts'
import { TurnOfLooks } from '../plan/turn-of-looks.ts'
import { batchesFor } from '../state/batches.ts'
import { type Claim, markBegan, nextDueMs, othersWait } from '../state/claim.ts'
import { outputsOf } from '../state/inputs.ts'
import { stopWorker } from '../state/workers.ts'
import { answerStray } from './answer-stray.ts'
import { type AttemptOptions, runAttempt } from './attempt.ts'
import { watchChildren } from './attempt-children.ts'
import { AttemptsAtHand } from './attempts-at-hand.ts'
import { beginClaims } from './begin-claims.ts'
import type { ProcessCapabilities } from './capabilities.ts'
import { startHeartbeat } from './heartbeat.ts'
import { givenBack, HeldClaims } from './held-claims.ts'
import { pipelineLoader } from './load-pipeline.ts'
import { lookMs, loopLoad } from './loop-load.ts'
import { Notifier } from './notifier.ts'
import type { OwnOutput } from './own-output.ts'
import { Recorder } from './recorder.ts'
import { ServedVersions } from './served-versions.ts'
import { newSharedMemory, sharedSlots } from './shared-slots.ts'
import { onStrayError } from './stray-errors.ts'
import { Wake } from './wake.ts'
import { warmUp } from './warm-up.ts'
import type { WorkerOptions } from './worker-protocol.ts'

export interface WorkerLoopOptions extends WorkerOptions {
  readonly pool: Pool
  /** Closed at the end. */
  readonly opened: ProcessCapabilities
  readonly output: OwnOutput
  readonly onChildOutput: AttemptOptions['onChildOutput']
  readonly onFirstChild: () => void
  readonly drain: AbortSignal
  /** Told each lease that begins: the first one once the process can take tasks. */
  readonly registered: (worker: number) => void
  /** Told when tasks wait that the process may not import the code of, and it should be replaced. */
  readonly full: () => void
  /** Told when its code has failed where nobody awaited it, and it takes no more tasks. */
  readonly stray: (told: string | null, ran: boolean) => Promise<void>
  /** Told when a file that it has imported failed where nobody awaited it; the process goes on. */
  readonly fault: (message: string) => void
}

/**
 * The life of a worker process after its registration, which is the first beat of its heartbeat thread.
 *
 *   claiming ---- tasks came; the ends so far are recorded in the same transaction ----------------> beginning
 *   claiming ---- none came, or there is no room for them -----------------------------------------> waiting
 *   beginning --- each in turn, once the code of the one before gives the event loop free ----------> claiming
 *   waiting ----- an attempt ended, a notification, the next task that is due, the poll interval ---> claiming
 *   any --------- told to drain; the supervisor is gone; an unhandled error -----------------------> draining
 *   draining ---- all attempts have ended, claims that have not begun are given back --------------> ended
 *
 * Attempts run side by side (plan/batching.ts says how many). Beside this thread the heartbeat thread keeps the lease, gives back what
 * waits behind a task that computes, and ends the process where a task does not stop: those beside it are lost then, and run elsewhere.
 */
export async function runWorker(options: WorkerLoopOptions): Promise<void> {
  const { pool, opened } = options
  const wake = new Wake()
  const tainted = new AbortController()
  const draining = AbortSignal.any([options.drain, tainted.signal])
  draining.addEventListener('abort', () => wake.wake())

  const memory = newSharedMemory(options.slots + 1 + mostAtOnce)
  const slots = sharedSlots(memory)
  const looks = new TurnOfLooks()
  const { databaseUrl, mark, leaseMs, heartbeatMs, graceMs } = options
  let ready = false
  const heartbeat = await startHeartbeat(
    { databaseUrl, host: hostname(), mark, leaseMs, heartbeatMs, graceMs, memory, parent: process.ppid },
    (message) => {
      if (message.kind === 'cancel') held.stop(message.id, attemptErrors.killed('the run was cancelled'))
      if (message.kind === 'orphaned') tainted.abort()
      if (message.kind === 'turn') slots.turnedAt[0] = Date.now()
      if (message.kind === 'registered' && ready) options.registered(message.worker)
      if (message.kind === 'runnable') looks.told()
      wake.wake()
    },
  )
  const held = new HeldClaims(slots, options.stateDir, heartbeat)
  const notifier = new Notifier(pool)
  const recorder = new Recorder({ db: pool, notifier, worker: () => heartbeat.worker })
  const pipelineOf = pipelineLoader(options.stateDir)
  const versions = new ServedVersions(options.maxVersions)
  watchChildren(options.onFirstChild)
  const attempts = new AttemptsAtHand(held, wake, ({ claim, slot, stop }, beside) =>
    runAttempt({
      claim,
      mark,
      output: options.output,
      onChildOutput: options.onChildOutput,
      stateDir: options.stateDir,
      capabilities: () => opened.of(claim.project),
      mask: opened.mask,
      pipeline: () => pipelineOf(claim.definitionId, claim.file),
      batches: batchesFor(pool, claim),
      outputs: (tasks) => outputsOf(pool, claim.run, tasks),
      stop,
      beside,
      onDeadline: (at, timeoutMs, facts) => heartbeat.send({ kind: 'deadline', slot, at, timeoutMs, facts }),
    }),
  )
  onStrayError((stray) => {
    const { attempt, file, message } = stray
    // Also where a process that is idle has imported it: one file must not end the processes of all projects, again and again.
    if (attempt === undefined && file !== undefined && !attempts.anyOf(file)) {
      const named = placeOf((stray.thrown as Partial<Error> | null)?.stack) ?? file
      options.fault(opened.mask(`${named} left an error behind when it was imported, which nobody awaits: ${message}`))
      return
    }
    tainted.abort()
    void answerStray(stray, attempts.any(), (told) => options.stray(told === null ? null : opened.mask(told), attempts.ran()))
  })
  const isReady = (): void => {
    if (ready) return
    ready = true
    options.registered(heartbeat.worker)
  }
  const warm = warmUp({ db: pool, versions, pipelineOf })
  const servedFrom = performance.now()

  const load = loopLoad()
  let width = firstWidth
  while (!draining.aborted) {
    wake.forget()
    await recorder.record(await recorder.unheard(held.claims()))
    const ends = await attempts.takeEnds()
    const atHand = attempts.atHand()
    width = nextWidth(width, atHand.waiting, load(), options.slots)
    const beside = roomBeside(atHand, { slots: options.slots, width, pace: attempts.pace() })
    if (beside === undefined) {
      await recorder.record(ends.items)
      ends.recorded()
      await wake.sleep(lookMs)
      continue
    }
    const behindMs = ends.items.length > 0 || attempts.any() ? 0 : looks.waitMs()
    if (behindMs > 0) await delay(behindMs)
    const { worker } = heartbeat
    const room: ClaimRoom = { ...beside, versions: versions.only() }
    held.ask()
    const claims = await recorder.recordAndClaim(ends.items, room)
    const heard = held.hear()
    looks.looked(claims.length > 0)
    ends.recorded()
    const { fits, rest } = versions.take(heard ? claims : [])
    await recorder.record((heard ? rest : claims).map(givenBack))
    const { versions: only } = room
    const asks = only !== null && asksToBeReplaced(!attempts.any() && fits.length === 0, performance.now() - servedFrom)
    if (asks && (await connected(() => othersWait(pool, only), false))) options.full()
    if (fits.length > 0) {
      isReady()
      await beginClaims(held.take(fits, worker), { held, attempts, recorder, draining, most: Math.max(width, atHand.waiting + 1) })
      // Behind the first lines of their code, which do not wait for it.
      const begun = thatBegin(fits)
      if (begun.length > 0) void markBegan(pool, begun).catch(() => undefined)
    } else if (!attempts.haveEnded()) {
      if (!ready && (await warm())) continue
      isReady()
      if (!attempts.any()) options.output.look()
      const mayWiden = atHand.waiting >= width && width < options.slots
      await wake.sleep(mayWiden ? lookMs : idleMs(options.pollMs, await connected(() => nextDueMs(pool, only), null)))
    }
  }
  while (attempts.any()) {
    wake.forget()
    const ends = await attempts.takeEnds()
    await recorder.record(ends.items)
    ends.recorded()
    if (attempts.any()) await wake.sleep(options.pollMs)
  }

  await opened.close()
  await notifier.flush()
  await heartbeat.stop()
  await stopWorker(pool, heartbeat.worker)
}

/** Without the database there is nothing to claim, and what runs goes on. */
async function connected<T>(ask: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (retryAfter(error) !== 'connection') throw error
    return otherwise
  }
}

/** Until the next queued task is due, if that is sooner than the poll interval; what became due a moment ago is looked for soon. */
const idleMs = (pollMs: number, dueMs: number | null): number => (dueMs === null ? pollMs : Math.min(pollMs, dueMs > 0 ? dueMs + 1 : 20))

const thatBegin = (claims: readonly Claim[]): readonly Claim[] => claims.filter(({ runState }) => runState === 'queued')
