import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { SluiceError } from '@sluice/core'
import { listen, type Pool, withRetry } from '@sluice/postgres'
import { claimSize, type Pace, paced, unknownPace } from '../plan/batching.ts'
import { logPath } from '../state/attempts.ts'
import { channels } from '../state/channels.ts'
import { type Claim, claim, markBegan, nextDueMs } from '../state/claim.ts'
import { type FinishItem, finish, finishAndClaim } from '../state/finish.ts'
import { stopWorker } from '../state/workers.ts'
import { afterMoves } from './after-moves.ts'
import { type AttemptEnd, runAttempt } from './attempt.ts'
import type { FromHeartbeat, HeartbeatOptions, ToHeartbeat } from './heartbeat-protocol.ts'
import { stepLoader } from './load-steps.ts'
import { Notifier } from './notifier.ts'
import { servicesCache } from './project-services.ts'
import { moveSlot, newSharedMemory, sharedSlots, slotState } from './shared-slots.ts'
import { Wake } from './wake.ts'
import type { WorkerOptions } from './worker-protocol.ts'

export interface WorkerLoopOptions extends WorkerOptions {
  readonly pool: Pool
  readonly worker: number
  /** Of the version that this process serves. */
  readonly versionId: number
  readonly drain: AbortSignal
  readonly ready: () => Promise<void>
}

/** Ends recorded together wait at most this long for each other. */
const flushMs = 15

/**
 * Claims, runs, records, until told to drain. Between two rounds it sleeps until a notification, the next task that is due, or the poll
 * interval, whichever comes first. Short tasks are claimed and recorded several at a time.
 */
export async function runWorker(options: WorkerLoopOptions): Promise<void> {
  const { pool, worker, versionId } = options
  const { drain } = options
  const wake = new Wake()
  const notifier = new Notifier(pool)
  const services = servicesCache(options)
  const stepsOf = stepLoader(options.stateDir)
  const memory = newSharedMemory()
  const slots = sharedSlots(memory)
  const stops = new Map<number, AbortController>()
  /** Also of a claim that has not begun yet. */
  const stopOf = (id: number): AbortController => {
    const stop = stops.get(id) ?? new AbortController()
    stops.set(id, stop)
    return stop
  }
  const tainted = new AbortController()
  const stray = strayErrors(tainted)
  const draining = (): boolean => drain.aborted || tainted.signal.aborted
  const heartbeat = await startHeartbeat({ ...options, memory }, (message) => {
    if (message.kind === 'cancel') stopOf(message.id).abort(new SluiceError('task.killed', 'the run was cancelled'))
    if (message.kind === 'orphaned') tainted.abort()
    wake.wake()
  })
  drain.addEventListener('abort', () => wake.wake())
  const listener = await listen(options.databaseUrl, [channels.ready], () => wake.wake(), { onReconnect: () => wake.wake() })
  await options.ready()

  const begin = (claims: readonly Claim[]): void => {
    const held = claims.map((each, slot) => ({ slot, id: each.id, attempt: each.attempt, logFile: join(options.stateDir, logPath(each)) }))
    stops.clear()
    heartbeat.send({ kind: 'batch', held })
    for (const { slot } of held) Atomics.store(slots.states, slot, slotState.claimed)
  }

  const runOne = async (each: Claim, slot: number): Promise<AttemptEnd | undefined> => {
    slots.begunAt[slot] = Date.now()
    if (!moveSlot(slots, slot, slotState.claimed, slotState.begun)) return undefined
    const ended = await runAttempt({
      claim: each,
      stateDir: options.stateDir,
      services: services.of(each),
      steps: () => stepsOf(each.definitionId, each.file),
      stop: stopOf(each.id).signal,
      onDeadline: (at, timeoutMs, facts) => heartbeat.send({ kind: 'deadline', slot, at, timeoutMs, facts }),
      stray,
    })
    Atomics.store(slots.states, slot, slotState.ended)
    return ended
  }

  // Repeated for as long as the lease holds: the heartbeat thread ends the process when it does not.
  const record = async (items: readonly FinishItem[]): Promise<void> => {
    if (items.length === 0) return
    const moved = await withRetry(() => finish(pool, worker, items), { attempts: Number.POSITIVE_INFINITY, whenDisconnected: true })
    await afterMoves(pool, notifier, moved, draining() ? 0 : 1)
  }

  /** Records the last ends of a round together with the next claim. */
  const recordAndClaim = async (items: readonly FinishItem[], count: number): Promise<readonly Claim[]> => {
    wake.forget()
    if (items.length === 0) return await claim(pool, worker, versionId, count)
    try {
      const { moved, claims } = await finishAndClaim(pool, { id: worker, versionId }, items, count)
      await afterMoves(pool, notifier, moved, claims.length)
      return claims
    } catch (error) {
      // The ends are recorded first; then the process is replaced, and what it may have claimed without knowing is reaped.
      await record(items)
      throw error
    }
  }

  const giveBack = async (claims: readonly Claim[]): Promise<void> => {
    const mine = claims.filter((_, slot) => moveSlot(slots, slot, slotState.claimed, slotState.revoked))
    await record(mine.map(({ id, attempt }) => ({ ...unbegun, id, attempt })))
  }

  let pace: Pace = unknownPace
  let items: readonly FinishItem[] = []
  while (!draining()) {
    const claims = await recordAndClaim(items, claimSize(pace))
    items = []
    if (claims.length === 0) {
      const dueMs = await nextDueMs(pool, versionId)
      await wake.sleep(dueMs === null || dueMs <= 0 ? options.pollMs : Math.min(options.pollMs, dueMs + 1))
      continue
    }
    const fresh = new Set(claims.filter(({ runState }) => runState === 'queued').map(({ run }) => run))
    if (fresh.size > 0) void markBegan(pool, [...fresh]).catch(() => undefined)
    begin(claims)
    let ended: AttemptEnd[] = []
    let unrecordedSince = 0
    for (const [slot, each] of claims.entries()) {
      if (draining()) {
        await giveBack(claims)
        break
      }
      const before = performance.now()
      const end = await runOne(each, slot)
      if (end === undefined) continue
      const now = performance.now()
      pace = paced(pace, now - before)
      if (ended.length === 0) unrecordedSince = before
      ended.push(end)
      if (now - unrecordedSince > flushMs && slot < claims.length - 1) {
        await record(await settled(ended))
        ended = []
      }
    }
    items = await settled(ended)
  }
  await record(items)

  await listener.close()
  await services.close()
  await notifier.flush()
  await heartbeat.stop()
  await stopWorker(pool, worker)
}

/** Their logs reach the disk together. */
const settled = (ended: readonly AttemptEnd[]): Promise<readonly FinishItem[]> => Promise.all(ended.map((each) => each.settled()))

const unbegun = { outcome: 'released', delayMs: 0, output: undefined, error: null, reason: null, receipts: [] } as const

interface Heartbeat {
  send(message: ToHeartbeat): void
  stop(): Promise<void>
}

async function startHeartbeat(
  options: WorkerLoopOptions & { readonly memory: SharedArrayBuffer },
  onMessage: (message: FromHeartbeat) => void,
): Promise<Heartbeat> {
  const workerData: HeartbeatOptions = {
    databaseUrl: options.databaseUrl,
    worker: options.worker,
    leaseMs: options.leaseMs,
    heartbeatMs: options.heartbeatMs,
    graceMs: options.graceMs,
    memory: options.memory,
    parent: process.ppid,
  }
  const thread = new Worker(fileURLToPath(import.meta.resolve('@sluice/engine/heartbeat')), { workerData })
  await new Promise<void>((resolve, reject) => {
    thread.once('error', reject)
    thread.on('message', (message: FromHeartbeat) => {
      if (message.kind === 'ready') resolve()
      else onMessage(message)
    })
  })
  // Without its heartbeat the process would work on a lease nobody extends.
  thread.on('error', () => process.exit(1))
  return {
    send: (message) => thread.postMessage(message),
    stop: async () => {
      await thread.terminate()
    },
  }
}

/**
 * Errors that user code threw where nobody awaited them. They fail the attempt at hand, and the process drains: what else the code left behind is
 * unknown.
 */
function strayErrors(tainted: AbortController): Promise<never> {
  const stray = new Promise<never>((_, reject) => {
    const onStray = (thrown: unknown): void => {
      tainted.abort()
      reject(thrown)
    }
    process.on('unhandledRejection', onStray)
    process.on('uncaughtException', onStray)
  })
  stray.catch(() => undefined)
  return stray
}
