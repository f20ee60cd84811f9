import { closeSync, fsyncSync, writeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { unreachable } from '@sluice/core'
import { listen, withRetry } from '@sluice/postgres'
import { killGroup, killProcessesOf } from '@sluice/process'
import { type AfterAttempt, type AttemptFacts, afterAttempt, type Ended } from '../plan/after-attempt.ts'
import type { OwnEnd } from '../plan/how-it-ended.ts'
import { asksForTurn, overdueOf } from '../plan/overdue.ts'
import { channels } from '../state/channels.ts'
import { heldClaims } from '../state/claim.ts'
import { type FinishItem, finish } from '../state/finish.ts'
import { cancelledTasks, extendLease, registerWorker } from '../state/workers.ts'
import { openForAppend } from './attempt-log.ts'
import type { FromHeartbeat, HeartbeatOptions, Held, ToHeartbeat } from './heartbeat-protocol.ts'
import { sayLastWords } from './last-words.ts'
import { changeSlot, claiming, sharedSlots, slotState } from './shared-slots.ts'

/**
 * The main thread of a worker process may be blocked by user code; this thread is not. It has a session of its own,
 * which also listens for the process. Its first beat registers the process, so that no lease runs while a busy machine is still starting
 * it; the others extend the lease. It ends the process with SIGKILL, and with it all that its tasks have started, when
 *
 * - a task ignores its timeout or its cancellation past the grace time (its end is recorded first), or cannot hear it, since another one
 *   beside it blocks the event loop (nothing is recorded: all are lost, plan/overdue.ts);
 * - the lease has expired while the process holds tasks, by the database's answer or by this process's clock; one missed extension ends
 *   nothing (rule 3). A process that holds nothing registers anew;
 * - the supervisor is gone and the worker has not left by itself.
 *
 * It also gives claims that wait behind a long task back to the queue.
 */
const options = workerData as HeartbeatOptions
const slots = sharedSlots(options.memory)
const tickMs = Math.min(25, options.heartbeatMs)
/** While nothing is held: 40 wake-ups a second and worker were a tenth of an idle platform's time. */
const idleTickMs = 500
/** A claim that waits longer while another task begins is given back. */
const ahead = 50
/** A claim whose answer takes longer to be heard is given back. */
const unheardMs = 250

interface Known {
  readonly held: Held
  deadline: Extract<ToHeartbeat, { kind: 'deadline' }> | undefined
  cancelledAt: number | undefined
}

/** The last claim of each slot. */
const known = new Map<number, Known>()
let worker = 0
let leaseUntil = 0
/** Told, and not heard yet: a main thread that is blocked gets one message, not one a notification. */
let runnable = false
let orphanedAt: number | undefined
let beating = false
let killing = false
let givingBack = false
/** When a turn of the main thread's event loop was last asked for. */
let turnAskedAt = 0
let idle = false
let ticks: NodeJS.Timeout
let beats: NodeJS.Timeout

const tell = (message: FromHeartbeat): void => parentPort?.postMessage(message)
const stateOf = (slot: number): number => Atomics.load(slots.states, slot)
/** The claims that are not over. Of a slot whose next claim has not been heard of yet, nothing is known. */
const claims = (): readonly Known[] =>
  [...known.values()].filter(({ held: { slot, turn } }) => {
    const state = stateOf(slot)
    return Atomics.load(slots.turns, slot) === turn && (state === slotState.claimed || state === slotState.begun)
  })
const killProcess = (why: OwnEnd): void => {
  sayLastWords(why)
  killProcessesOf(options.mark)
  // The process leads its group.
  killGroup(process.pid)
}
/** Also of a claim that ended and is not recorded yet. */
const holds = (): boolean => slots.states.some((state) => state !== slotState.free && state !== slotState.revoked)

/**
 * One session for the heartbeat and for the notifications of the process: a server has few, and a host many workers. No module of a thread
 * waits for a promise: one that is stopped in the moment in which its module goes on takes the process with it, by a check of V8.
 */
const session = listen(options.databaseUrl, [channels.cancel, channels.ready], ({ channel }) => hear(channel), {
  applicationName: 'sluice heartbeat',
  connectTimeoutMs: 2_000,
  // Whoever holds the table of tasks for longer than the lease must not hold up what extends it.
  lockTimeoutMs: Math.ceil(options.heartbeatMs / 2),
  onReconnect: () => {
    hear(channels.cancel)
    hear(channels.ready)
  },
})

parentPort?.on('message', (message: ToHeartbeat) => {
  if (message.kind === 'heard') runnable = false
  else if (message.kind === 'held') {
    for (const held of message.held) known.set(held.slot, { held, deadline: undefined, cancelledAt: undefined })
    if (message.held.some(isOfOtherLease)) killProcess('lease')
    if (idle) tickSoon()
  } else {
    const of = known.get(message.slot)
    if (of !== undefined) of.deadline = message
  }
})

/** One at a time: two that wait for a slow database would both find the lease lost, and register the process twice. */
async function beat(): Promise<void> {
  if (beating) return
  beating = true
  const sentAt = performance.now()
  try {
    const { db } = await session
    if (worker !== 0 && (await extendLease(db, worker, options.leaseMs))) leaseUntil = sentAt + options.leaseMs
    else if (holds()) killProcess('lease')
    else await register()
    if (claims().length > 0) await lookForCancelled()
  } catch {
    // A missed extension: the next one may succeed before the lease expires.
  } finally {
    beating = false
  }
}

async function register(): Promise<void> {
  const { db } = await session
  const sentAt = performance.now()
  worker = await registerWorker(db, { host: options.host, pid: process.pid, leaseMs: options.leaseMs })
  leaseUntil = sentAt + options.leaseMs
  tell({ kind: 'registered', worker })
}

async function lookForCancelled(): Promise<void> {
  const { db } = await session
  for (const id of await cancelledTasks(db, worker)) {
    const here = claims().find(({ held }) => held.id === id)
    if (here === undefined || here.cancelledAt !== undefined) continue
    here.cancelledAt = Date.now()
    tell({ kind: 'cancel', id })
  }
}

function hear(channel: string): void {
  // Before it is registered it holds nothing, and looks for tasks by itself.
  if (worker === 0) return
  if (channel === channels.cancel) void lookForCancelled().catch(() => undefined)
  else if (!runnable) {
    runnable = true
    tell({ kind: 'runnable' })
  }
}

/** Claimed before the lease was lost, and told after it or while the next one began: somebody else runs the task. */
const isOfOtherLease = (held: Held): boolean => held.worker !== worker

function tick(): void {
  if (performance.now() > leaseUntil && holds()) killProcess('lease')
  if (claims().some(({ held }) => isOfOtherLease(held))) killProcess('lease')
  if (process.ppid !== options.parent && orphanedAt === undefined) {
    orphanedAt = Date.now()
    tell({ kind: 'orphaned' })
  }
  if (orphanedAt !== undefined && Date.now() > orphanedAt + options.graceMs) killProcess('deaf')
  const now = Date.now()
  const [waiting, begun] = [[] as Held[], [] as Known[]]
  for (const each of claims()) {
    if (stateOf(each.held.slot) === slotState.claimed) waiting.push(each.held)
    else begun.push(each)
  }
  lookForOverdue(begun, now)
  const asked = now - (slots.claimingSince[0] ?? now) > unheardMs
  if (asked) Atomics.compareExchange(slots.claiming, 0, claiming.asked, claiming.abandoned)
  if (Atomics.load(slots.claiming, 0) === claiming.abandoned) void giveBackUnheard()
  const beginningSince = slots.beginningSince[0] ?? 0
  if (waiting.length > 0 && beginningSince > 0 && now - beginningSince > ahead) giveBack(waiting)
}

/** What the database has of this worker and the main thread has not heard of: it is blocked, and may be for hours. */
async function giveBackUnheard(): Promise<void> {
  if (givingBack) return
  givingBack = true
  try {
    const { db } = await session
    const heard = new Set([...known.values()].map(({ held }) => `${held.id}.${held.token}`))
    const unheard = (await heldClaims(db, worker)).filter(({ id, token }) => !heard.has(`${id}.${token}`))
    if (unheard.length > 0) {
      const items = unheard.map((each) => itemOf(each, released))
      await finish(db, worker, items)
      await db.query("select pg_notify($1, '')", [channels.ready])
    }
    await delay(unheardMs)
  } catch {
    // Tried again with the next tick.
  } finally {
    givingBack = false
  }
}

function giveBack(waiting: readonly Held[]): void {
  const items = waiting
    .filter(({ slot }) => changeSlot(slots, slot, slotState.claimed, slotState.revoked))
    .map((each) => itemOf(each, released))
  if (items.length === 0) return
  void session
    .then(async ({ db }) => {
      await withRetry(() => finish(db, worker, items), { attempts: Number.POSITIVE_INFINITY, whenDisconnected: true })
      await db.query("select pg_notify($1, '')", [channels.ready])
    })
    .catch(() => undefined)
}

/** Ends the process where a task does not stop within the grace time of its signal, or cannot hear it. */
function lookForOverdue(begun: readonly Known[], now: number): void {
  const turnedAt = slots.turnedAt[0] ?? 0
  if (turnedAt >= turnAskedAt && asksForTurn(begun, turnedAt, now)) {
    turnAskedAt = now
    tell({ kind: 'turn' })
  }
  const overdue = overdueOf(begun, { turnedAt, graceMs: options.graceMs }, now)
  switch (overdue.kind) {
    case 'none':
      return
    case 'deaf':
      void end([
        ...overdue.timedOut.map((task) => ({ task, ended: { kind: 'timed_out', afterMs: task.deadline?.timeoutMs ?? 0 } }) as const),
        ...overdue.cancelled.map((task) => ({ task, ended: { kind: 'cancelled' } }) as const),
      ])
      return
    case 'blocked':
      killProcess('blocked')
      return
    default:
      unreachable(overdue)
  }
}

interface Ending {
  readonly task: Known
  readonly ended: Ended
}

/** Records the ends of tasks that do not stop, then ends the process: nothing else can stop their code. */
async function end(overdue: readonly Ending[]): Promise<void> {
  if (killing) return
  killing = true
  try {
    const items = overdue.map(({ task, ended }) => {
      const after = afterAttempt(ended, task.deadline?.facts ?? noFacts, Date.now(), Math.random())
      const why = ended.kind === 'cancelled' ? 'cancelled' : (after.error?.message ?? 'timed out')
      const message = `${why}; the task did not stop within ${options.graceMs} ms of its abort signal, so its process is killed`
      appendLine(task.held.logFile, message)
      return itemOf(task.held, after)
    })
    const { db } = await session
    await Promise.race([finish(db, worker, items), delay(2_000)])
  } finally {
    killProcess('deaf')
  }
}

const noFacts: AttemptFacts = {
  retry: { attempts: 1, delayMs: 0, backoff: 'constant', maxDelayMs: 0 },
  failures: 0,
  sensor: null,
}

function appendLine(path: string, message: string): void {
  const file = openForAppend(path)
  writeSync(file, `${JSON.stringify({ at: new Date().toISOString(), level: 'error', message })}\n`)
  fsyncSync(file)
  closeSync(file)
}

const released = { outcome: 'released', delayMs: 0, output: undefined, error: null, reason: null } as const

const itemOf = (task: Pick<Held, 'id' | 'token'>, after: AfterAttempt | typeof released): FinishItem => ({
  ...after,
  id: task.id,
  token: task.token,
  receipts: [],
  taken: [],
})

function ticking(): void {
  tick()
  idle = !holds()
  ticks = setTimeout(ticking, idle ? idleTickMs : tickMs)
}

function tickSoon(): void {
  idle = false
  clearTimeout(ticks)
  ticks = setTimeout(ticking, tickMs)
}

async function start(): Promise<void> {
  ticks = setTimeout(ticking, tickMs)
  await register()
  beats = setInterval(() => void beat(), options.heartbeatMs)
}

parentPort?.once('close', () => {
  clearInterval(beats)
  clearTimeout(ticks)
  void session.then(({ close }) => close())
})

void start()
