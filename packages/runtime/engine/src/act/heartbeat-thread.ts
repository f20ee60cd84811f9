import { closeSync, fsyncSync, writeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { listen, openPool, withRetry } from '@sluice/postgres'
import { type AfterAttempt, afterAttempt, type Ended } from '../plan/after-attempt.ts'
import { channels } from '../state/channels.ts'
import { type FinishItem, finish } from '../state/finish.ts'
import { cancelledTasks, extendLease } from '../state/workers.ts'
import { openForAppend } from './attempt-log.ts'
import type { FromHeartbeat, HeartbeatOptions, Held, ToHeartbeat } from './heartbeat-protocol.ts'
import { changeSlot, sharedSlots, slotState } from './shared-slots.ts'

/**
 * The main thread of a worker process may be blocked by user code; this thread is not. It has its own session, extends the lease of the
 * process, and ends the process with SIGKILL when
 *
 * - a task ignores its timeout or its cancellation past the grace time (its end is recorded first);
 * - the lease has expired, by the database's answer or by this process's clock; one missed extension ends nothing (rule 3);
 * - the supervisor is gone and the worker has not left by itself.
 *
 * It also gives claims that wait behind a long task back to the queue.
 */
const options = workerData as HeartbeatOptions
const slots = sharedSlots(options.memory)
const pool = openPool(options.databaseUrl, { max: 1, applicationName: 'sluice heartbeat', connectTimeoutMs: 2_000 })
const tickMs = Math.min(25, options.heartbeatMs)
/** A claim that waits longer behind another task is given back. */
const ahead = 50

let held: readonly Held[] = []
const deadlines = new Map<number, Extract<ToHeartbeat, { kind: 'deadline' }>>()
const cancelled = new Map<number, number>()
let leaseUntil = performance.now() + options.leaseMs
let orphanedAt: number | undefined
let killing = false

const tell = (message: FromHeartbeat): void => parentPort?.postMessage(message)
const stateOf = (slot: number): number => Atomics.load(slots.states, slot)
const killProcess = (): void => {
  process.kill(process.pid, 'SIGKILL')
}

parentPort?.on('message', (message: ToHeartbeat) => {
  if (message.kind === 'deadline') deadlines.set(message.slot, message)
  else {
    held = message.held
    deadlines.clear()
    cancelled.clear()
  }
})

async function beat(): Promise<void> {
  const sentAt = performance.now()
  try {
    if (!(await extendLease(pool, options.worker, options.leaseMs))) return killProcess()
    leaseUntil = sentAt + options.leaseMs
    if (held.length > 0) await lookForCancelled()
  } catch {
    // A missed extension: the next one may succeed before the lease expires.
  }
}

async function lookForCancelled(): Promise<void> {
  for (const id of await cancelledTasks(pool, options.worker)) {
    const here = held.find((each) => each.id === id)
    if (here === undefined || cancelled.has(here.slot)) continue
    cancelled.set(here.slot, Date.now())
    tell({ kind: 'cancel', id })
  }
}

function tick(): void {
  if (performance.now() > leaseUntil) killProcess()
  if (process.ppid !== options.parent && orphanedAt === undefined) {
    orphanedAt = Date.now()
    tell({ kind: 'orphaned' })
  }
  if (orphanedAt !== undefined && Date.now() > orphanedAt + options.graceMs) killProcess()
  const now = Date.now()
  const waiting: Held[] = []
  let busySince = Number.POSITIVE_INFINITY
  for (const each of held) {
    const state = stateOf(each.slot)
    if (state === slotState.claimed) waiting.push(each)
    if (state !== slotState.begun) continue
    busySince = Math.min(busySince, slots.begunAt[each.slot] ?? now)
    const deadline = deadlines.get(each.slot)
    const cancelledAt = cancelled.get(each.slot)
    if (deadline !== undefined && now > deadline.at + options.graceMs) void end(each, { kind: 'timed_out', afterMs: deadline.timeoutMs })
    else if (cancelledAt !== undefined && now > cancelledAt + options.graceMs) void end(each, { kind: 'cancelled' })
  }
  if (waiting.length > 0 && now - busySince > ahead) giveBack(waiting)
}

function giveBack(waiting: readonly Held[]): void {
  const items = waiting
    .filter(({ slot }) => changeSlot(slots, slot, slotState.claimed, slotState.revoked))
    .map((each) => itemOf(each, released))
  if (items.length === 0) return
  void withRetry(() => finish(pool, options.worker, items), { attempts: Number.POSITIVE_INFINITY, whenDisconnected: true })
    .then(() => pool.query("select pg_notify($1, '')", [channels.ready]))
    .catch(() => undefined)
}

/** Records the end of a task that does not stop, then ends the process: nothing else can stop its code. */
async function end(task: Held, ended: Ended): Promise<void> {
  if (killing) return
  killing = true
  const facts = deadlines.get(task.slot)?.facts ?? {
    retry: { attempts: 1, delayMs: 0, backoff: 'constant', maxDelayMs: 0 },
    failures: 0,
    sensor: null,
  }
  const after = afterAttempt(ended, facts, Date.now(), Math.random())
  try {
    const why = ended.kind === 'cancelled' ? 'cancelled' : (after.error?.message ?? 'timed out')
    const message = `${why}; the task did not stop within ${options.graceMs} ms of its abort signal, so its process is killed`
    const file = openForAppend(task.logFile)
    writeSync(file, `${JSON.stringify({ at: new Date().toISOString(), level: 'error', message })}\n`)
    fsyncSync(file)
    closeSync(file)
    await Promise.race([finish(pool, options.worker, [itemOf(task, after)]), delay(2_000)])
  } finally {
    killProcess()
  }
}

const released = { outcome: 'released', delayMs: 0, output: undefined, error: null, reason: null } as const

const itemOf = (task: Held, after: AfterAttempt | typeof released): FinishItem => ({
  ...after,
  id: task.id,
  token: task.token,
  receipts: [],
  taken: [],
})

const listener = await listen(options.databaseUrl, [channels.cancel], () => void lookForCancelled().catch(() => undefined), {
  onReconnect: () => void lookForCancelled().catch(() => undefined),
})
await beat()
const beats = setInterval(() => void beat(), options.heartbeatMs)
const ticks = setInterval(tick, tickMs)
tell({ kind: 'ready' })

parentPort?.once('close', () => {
  clearInterval(beats)
  clearInterval(ticks)
  void listener.close()
  void pool.end()
})
