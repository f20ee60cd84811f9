import { hostname } from 'node:os'
import { listen, type Pool } from '@sluice/postgres'
import { attemptErrors } from '../errors.ts'
import { asksToBeReplaced } from '../plan/assign-workers.ts'
import { claimSize, type Pace, paced, unknownPace } from '../plan/batching.ts'
import { batchesFor } from '../state/batches.ts'
import { channels } from '../state/channels.ts'
import { type Claim, type ClaimRoom, markBegan, nextDueMs, othersWait } from '../state/claim.ts'
import type { FinishItem } from '../state/finish.ts'
import { outputsOf } from '../state/inputs.ts'
import { stopWorker } from '../state/workers.ts'
import { type AttemptEnd, type AttemptOptions, runAttempt } from './attempt.ts'
import { watchChildren } from './attempt-children.ts'
import type { ProcessCapabilities } from './capabilities.ts'
import { ClaimedBatch, givenBack } from './claimed-batch.ts'
import { type Heartbeat, startHeartbeat } from './heartbeat.ts'
import { pipelineLoader } from './load-pipeline.ts'
import { Notifier } from './notifier.ts'
import type { OwnOutput } from './own-output.ts'
import { Recorder } from './recorder.ts'
import { ServedVersions } from './served-versions.ts'
import { newSharedMemory, sharedSlots } from './shared-slots.ts'
import { strayErrors } from './stray-errors.ts'
import { Wake } from './wake.ts'
import type { WorkerOptions } from './worker-protocol.ts'

export interface WorkerLoopOptions extends WorkerOptions {
  readonly pool: Pool
  /** Closed at the end. */
  readonly opened: ProcessCapabilities
  readonly output: OwnOutput
  readonly onChildOutput: AttemptOptions['onChildOutput']
  readonly drain: AbortSignal
  /** Told each lease that begins: the first one once the process can take tasks. */
  readonly registered: (worker: number) => void
  /** Told when tasks wait that the process may not import the code of, and it should be replaced. */
  readonly full: () => void
}

/** Ends recorded together wait at most this long for each other. */
const flushMs = 15

/**
 * The life of a worker process after its registration, which is the first beat of its heartbeat thread.
 *
 *   claiming ---- tasks came; the ends of the round before are recorded in the same transaction ---> running
 *   claiming ---- none came -----------------------------------------------------------------------> idle
 *   idle -------- a notification, the next task that is due, or the poll interval ------------------> claiming
 *   running ----- the tasks of the round ran one after another, their logs are on the disk ---------> claiming
 *   any --------- told to drain; the supervisor is gone; an unhandled error -----------------------> draining
 *   draining ---- the task at hand has ended, claims that have not begun are given back ------------> ended
 *
 * Short tasks are claimed and recorded several at a time (plan/batching.ts). Beside this thread the heartbeat thread keeps the lease, gives
 * back what waits behind a long task, and ends the process where a task does not stop.
 */
export async function runWorker(options: WorkerLoopOptions): Promise<void> {
  const { pool, opened } = options
  const wake = new Wake()
  const tainted = new AbortController()
  const stray = strayErrors(tainted)
  const draining = AbortSignal.any([options.drain, tainted.signal])
  draining.addEventListener('abort', () => wake.wake())

  const memory = newSharedMemory()
  const batch = new ClaimedBatch(sharedSlots(memory), options.stateDir)
  const { databaseUrl, mark, leaseMs, heartbeatMs, graceMs } = options
  let ready = false
  const heartbeat = await startHeartbeat(
    { databaseUrl, host: hostname(), mark, leaseMs, heartbeatMs, graceMs, memory, parent: process.ppid },
    (message) => {
      if (message.kind === 'cancel') batch.stop(message.id, attemptErrors.killed('the run was cancelled'))
      if (message.kind === 'orphaned') tainted.abort()
      if (message.kind === 'registered' && ready) options.registered(message.worker)
      wake.wake()
    },
  )
  const listener = await listen(databaseUrl, [channels.ready], () => wake.wake(), { onReconnect: () => wake.wake() })
  const notifier = new Notifier(pool)
  const recorder = new Recorder({ db: pool, notifier, worker: () => heartbeat.worker, draining })
  const pipelineOf = pipelineLoader(options.stateDir)
  const versions = new ServedVersions(options.maxVersions)
  watchChildren()
  const run = (each: Claim, onDeadline: AttemptOptions['onDeadline']): Promise<AttemptEnd> =>
    runAttempt({
      claim: each,
      mark,
      output: options.output,
      onChildOutput: options.onChildOutput,
      stateDir: options.stateDir,
      capabilities: opened.of(each.project),
      mask: opened.mask,
      pipeline: () => pipelineOf(each.definitionId, each.file),
      batches: batchesFor(pool, each),
      outputs: (tasks) => outputsOf(pool, each.run, tasks),
      stop: batch.stopSignal(each.id),
      onDeadline,
      stray,
    })
  ready = true
  options.registered(heartbeat.worker)
  const servedFrom = performance.now()

  let pace: Pace = unknownPace
  let unrecorded: readonly FinishItem[] = []
  while (!draining.aborted) {
    wake.forget()
    const { worker } = heartbeat
    const room: ClaimRoom = { room: claimSize(pace), computing: 1, alone: true, versions: versions.only() }
    const { fits: claims, rest } = versions.take(await recorder.recordAndClaim(unrecorded, room))
    unrecorded = []
    await recorder.record(rest.map(givenBack))
    const idle = claims.length === 0
    if (room.versions !== null && asksToBeReplaced(idle, performance.now() - servedFrom) && (await othersWait(pool, room.versions))) {
      options.full()
    }
    if (idle) {
      batch.take([], worker, heartbeat)
      options.output.look()
      await wake.sleep(idleMs(options.pollMs, await nextDueMs(pool, room.versions)))
    } else {
      const begun = runsThatBegin(claims)
      if (begun.length > 0) void markBegan(pool, begun).catch(() => undefined)
      const round = await runRound({ batch, worker, heartbeat, recorder, draining, run }, claims, pace)
      pace = round.pace
      unrecorded = round.unrecorded
    }
  }
  await recorder.record(unrecorded)

  await listener.close()
  await opened.close()
  await notifier.flush()
  await heartbeat.stop()
  await stopWorker(pool, heartbeat.worker)
}

/** Until the next queued task is due, if that is sooner than the poll interval; what became due a moment ago is looked for soon. */
const idleMs = (pollMs: number, dueMs: number | null): number => (dueMs === null ? pollMs : Math.min(pollMs, dueMs > 0 ? dueMs + 1 : 20))

const runsThatBegin = (claims: readonly Claim[]): readonly string[] => [
  ...new Set(claims.filter(({ runState }) => runState === 'queued').map(({ run }) => run)),
]

interface RoundContext {
  readonly batch: ClaimedBatch
  /** Under which the claims were made. */
  readonly worker: number
  readonly heartbeat: Heartbeat
  readonly recorder: Recorder
  readonly draining: AbortSignal
  readonly run: (claim: Claim, onDeadline: AttemptOptions['onDeadline']) => Promise<AttemptEnd>
}

/** Runs claims one after another. Ends that would wait longer than `flushMs` for the next claim are recorded on the way. */
async function runRound(
  { batch, worker, heartbeat, recorder, draining, run }: RoundContext,
  claims: readonly Claim[],
  before: Pace,
): Promise<{ readonly pace: Pace; readonly unrecorded: readonly FinishItem[] }> {
  let pace = before
  let ended: AttemptEnd[] = []
  let unrecordedSince = 0
  batch.take(claims, worker, heartbeat)
  for (const [slot, each] of claims.entries()) {
    if (draining.aborted) {
      await recorder.record(batch.revoke())
      break
    }
    const began = performance.now()
    if (!batch.begin(slot)) continue
    const end = await run(each, (at, timeoutMs, facts) => heartbeat.send({ kind: 'deadline', slot, at, timeoutMs, facts }))
    batch.end(slot)
    const now = performance.now()
    pace = paced(pace, now - began)
    if (ended.length === 0) unrecordedSince = began
    ended.push(end)
    if (now - unrecordedSince > flushMs && slot < claims.length - 1) {
      await recorder.record(await settled(ended))
      ended = []
    }
  }
  return { pace, unrecorded: await settled(ended) }
}

/** Their logs reach the disk together. */
const settled = (ended: readonly AttemptEnd[]): Promise<readonly FinishItem[]> => Promise.all(ended.map((each) => each.settled()))
