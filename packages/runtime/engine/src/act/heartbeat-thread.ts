import { closeSync, fsyncSync, writeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { listen, openPool, withRetry } from '@sluice/postgres'
import { killGroup, killProcessesOf } from '@sluice/process'
import { type AfterAttempt, afterAttempt, type Ended } from '../plan/after-attempt.ts'
import { channels } from '../state/channels.ts'
import { type FinishItem, finish } from '../state/finish.ts'
import { cancelledTasks, extendLease, registerWorker } from '../state/workers.ts'
import { openForAppend } from './attempt-log.ts'
import type { FromHeartbeat, HeartbeatOptions, Held, ToHeartbeat } from './heartbeat-protocol.ts'
import { changeSlot, sharedSlots, slotState } from './shared-slots.ts'

/**
 * The main thread of a worker process may be blocked by user code; this thread is not. It has its own session. Its first beat registers
 * the process, so that no lease runs while a busy machine is still starting it; the others extend the lease. It ends the process with
 * SIGKILL, and with it all that its tasks have started, when
 *
 * - a task ignores its timeout or its cancellation past the grace time (its end is recorded first);
 * - the lease has expired while the process holds tasks, by the database's answer or by this process's clock; one missed extension ends
 *   nothing (rule 3). A process that holds nothing registers anew;
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
let worker = 0
let leaseUntil = 0
let orphanedAt: number | undefined
let killing = false

const tell = (message: FromHeartbeat): void => parentPort?.postMessage(message)
const stateOf = (slot: number): number => Atomics.load(slots.states, slot)
const killProcess = (): void => {
  killProcessesOf(options.mark)
  // The process leads its group.
  killGroup(process.pid)
}
/** Also of a claim that ended and is not recorded yet: the main thread says when the process holds nothing. */
const holds = (): boolean => held.some(({ slot }) => stateOf(slot) !== slotState.revoked)

parentPort?.on('message', (message: ToHeartbeat) => {
  if (message.kind === 'deadline') deadlines.set(message.slot, message)
  else {
    held = message.held
    // Claimed before the lease was lost, and told after: somebody else runs these tasks.
    if (held.some((each) => each.worker !== worker)) killProcess()
    deadlines.clear()
    cancelled.clear()
  }
})

async function beat(): Promise<void> {
  const sentAt = performance.now()
  try {
    if (worker !== 0 && (await extendLease(pool, worker, options.leaseMs))) leaseUntil = sentAt + options.leaseMs
    else if (holds()) killProcess()
    else await register()
    if (held.length > 0) await lookForCancelled()
  } catch {
    // A missed extension: the next one may succeed before the lease expires.
  }
}

async function register(): Promise<void> {
  const sentAt = performance.now()
  worker = await registerWorker(pool, { host: options.host, pid: process.pid, leaseMs: options.leaseMs })
  leaseUntil = sentAt + options.leaseMs
  tell({ kind: 'registered', worker })
}

async function lookForCancelled(): Promise<void> {
  for (const id of await cancelledTasks(pool, worker)) {
    const here = held.find((each) => each.id === id)
    if (here === undefined || cancelled.has(here.slot)) continue
    cancelled.set(here.slot, Date.now())
    tell({ kind: 'cancel', id })
  }
}

function tick(): void {
  if (performance.now() > leaseUntil && holds()) killProcess()
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
  void withRetry(() => finish(pool, worker, items), { attempts: Number.POSITIVE_INFINITY, whenDisconnected: true })
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
    await Promise.race([finish(pool, worker, [itemOf(task, after)]), delay(2_000)])
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
await register()
const beats = setInterval(() => void beat(), options.heartbeatMs)
const ticks = setInterval(tick, tickMs)

parentPort?.once('close', () => {
  clearInterval(beats)
  clearInterval(ticks)
  void listener.close()
  void pool.end()
})
