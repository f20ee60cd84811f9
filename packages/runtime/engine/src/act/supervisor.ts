import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { hashText, type Mask, maskOf, unreachable } from '@sluice/core'
import { openPool, withRetry } from '@sluice/postgres'
import { killLeftBehind, ownMark } from '@sluice/process'
import { afterDeath, assignWorkers, type Backoff, type WorkerStage } from '../plan/assign-workers.ts'
import { howItEnded } from '../plan/how-it-ended.ts'
import { heldTasks, reap } from '../state/workers.ts'
import { afterTransition } from './after-transition.ts'
import type { CapabilitySource, SentSource } from './capabilities.ts'
import { Notifier } from './notifier.ts'
import { type OpenOutput, tellRest } from './rest-of-output.ts'
import { createTroubles } from './troubles.ts'
import { Wake } from './wake.ts'
import { type EndedChild, startWorkerChild, type WorkerChild } from './worker-child.ts'
import type { FromWorker, WorkerOptions } from './worker-protocol.ts'

export interface StartWorkersOptions {
  readonly databaseUrl: string
  /** As whom the processes connect (state/worker-role.ts). Default: as the supervisor. */
  readonly workerUrl?: string
  /** Makes that role what it was: asked where a process cannot work, since a task may change the password of its own role. */
  readonly renewRole?: () => Promise<unknown>
  readonly stateDir: string
  /** Worker processes. */
  readonly count: number
  /** How long a silent process keeps its tasks. Default 10 s. */
  readonly leaseMs?: number
  /** Default: a quarter of the lease. */
  readonly heartbeatMs?: number
  /** How often workers look without a notification. Default 1 s. */
  readonly pollMs?: number
  /** Attempts that wait, side by side in one process. Default 32. */
  readonly slots?: number
  /** How many versions a process imports before another takes its place. Default 8. */
  readonly maxVersions?: number
  /** Between a task's signal (timeout, cancel) and the end of its process. Default 5 s. */
  readonly graceMs?: number
  /** Opens the processes to debuggers of this machine at this port; one that finds it in use takes another. Default: none. */
  readonly debuggerPort?: number
  /** What the tasks can do; without it they have nothing outside of themselves. */
  readonly capabilities?: CapabilitySource
  /** Of the processes. Default: that of the supervisor. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  readonly onEvent?: (event: WorkerEvent) => void
}

export type WorkerEvent =
  | { readonly kind: 'started'; readonly pid: number }
  | { readonly kind: 'ready'; readonly pid: number; readonly worker: number }
  | { readonly kind: 'debuggable'; readonly pid: number; readonly url: string }
  | { readonly kind: 'ended'; readonly pid: number; readonly code: number | null; readonly signal: string | null; readonly reaped: number }
  /** A line that a worker or a child of its tasks printed and that belongs to no one attempt, masked; those at hand are named. */
  | { readonly kind: 'printed'; readonly pid: number; readonly line: string; readonly attempts: readonly string[] }
  /** Reported once until it changes or is over. */
  | { readonly kind: 'trouble'; readonly message: string }
  /** The metadata database answers again. */
  | { readonly kind: 'recovered' }

export interface WorkerInfo {
  readonly slot: number
  readonly pid: number
  /** Null until it is registered. */
  readonly worker: number | null
  readonly draining: boolean
}

export interface Workers {
  /** The processes at this moment, for people and for tests that kill them. */
  list(): readonly WorkerInfo[]
  /** Resolves when all processes have registered. */
  ready(): Promise<void>
  /** Tasks at hand are finished; what is not done after `drainMs` (30 s) is killed and queued again. */
  stop(options?: { readonly drainMs?: number }): Promise<void>
}

interface Live {
  readonly slot: number
  readonly child: WorkerChild
  stage: WorkerStage
  worker: number | null
  /** When its first lease began. */
  servedFrom: number | null
  /** It has said why it ends. */
  unable: boolean
  /** Of what it prints, known with its first lease. */
  mask: Mask | undefined
  readonly outputs: Map<string, OpenOutput>
}

/**
 * Keeps `count` worker processes alive.
 *
 * A slot: empty -> starting (forked) -> serving (registered) -> full (asks to be replaced) -> draining (told, or by itself: another process
 * takes the slot meanwhile) -> empty. The process may die at any time: the supervisor sees its exit, kills what its tasks have started,
 * queues its tasks again at once, and the slot is empty; the lease is for processes whose host died. A slot whose processes die without an
 * attempt waits, longer each time (plan/assign-workers.ts).
 */
export async function startWorkers(options: StartWorkersOptions): Promise<Workers> {
  const pool = openPool(options.databaseUrl, { max: 2, applicationName: 'sluice supervisor' })
  const notifier = new Notifier(pool)
  const wake = new Wake()
  const lives = new Map<number, Live>()
  const backoffs = new Map<number, Backoff>()
  /** Processes that end what they have begun while another has their slot: one that waits for hours keeps no slot from the others. */
  const leaving = new Set<Live>()
  /** Processes from their start until nothing of them is left. */
  const ending = new Map<Promise<void>, Live>()
  const stopping = new AbortController()
  // The folder's name makes a mark of this state; the number one of this process.
  const state = hashText(resolve(options.stateDir)).slice(0, 8)
  const marks = `${state}/${ownMark()}`
  let started = 0
  const report = (event: WorkerEvent): void => options.onEvent?.(event)
  const troubles = createTroubles({
    trouble: (message) => report({ kind: 'trouble', message }),
    recovered: () => report({ kind: 'recovered' }),
  })
  const printed = ({ child }: Live, lines: readonly string[], attempts: readonly string[]): void => {
    for (const line of lines) report({ kind: 'printed', pid: child.pid, line, attempts })
  }

  let renewing: Promise<unknown> | undefined
  const renewRole = (): void => {
    renewing ??= options
      .renewRole?.()
      .catch((error: unknown) => troubles.mention((error as Error).message))
      .finally(() => {
        renewing = undefined
      })
  }

  const start = (slot: number): void => {
    const mark = `${marks}/${++started}`
    const child = startWorkerChild({
      options: workerOptions(options, mark),
      environment: options.environment ?? process.env,
      onMessage: (message) => hear(live, message),
      onError: (error) => troubles.tell(error.message),
    })
    const live: Live = {
      slot,
      child,
      stage: 'starting',
      worker: null,
      servedFrom: null,
      unable: false,
      mask: undefined,
      outputs: new Map(),
    }
    lives.set(slot, live)
    report({ kind: 'started', pid: child.pid })
    const done = child.ended.then(async (end) => {
      if (lives.get(slot) === live) lives.delete(slot)
      await bury(live, end)
      leaving.delete(live)
      ending.delete(done)
      wake.wake()
    })
    ending.set(done, live)
  }

  const hear = (live: Live, message: FromWorker): void => {
    switch (message.kind) {
      case 'debuggable':
        report({ kind: 'debuggable', pid: live.child.pid, url: message.url })
        return
      case 'ready':
        live.worker = message.worker
        live.mask = maskOf(message.secrets)
        live.servedFrom ??= Date.now()
        if (live.stage === 'starting') live.stage = 'serving'
        if ([...lives.values()].every(({ worker }) => worker !== null)) troubles.over()
        report({ kind: 'ready', pid: live.child.pid, worker: message.worker })
        break
      case 'unable':
        live.unable = true
        troubles.tell(message.message)
        renewRole()
        break
      case 'full':
        if (live.stage === 'serving') live.stage = 'full'
        break
      case 'secrets':
        live.mask = maskOf(message.secrets)
        return
      case 'project':
        void give(live, message.project)
        return
      case 'children':
        return
      case 'stray':
        if (!message.ran) waitLonger(live, { asTold: false, attempts: 0 })
        leave(live)
        if (message.told !== null) troubles.mention(message.told)
        break
      case 'fault':
        troubles.mention(message.message)
        return
      case 'printed':
        printed(live, message.lines, message.attempts)
        return
      case 'output':
        if (message.output.at === null) live.outputs.delete(message.output.file)
        else live.outputs.set(message.output.file, { file: message.output.file, log: message.log, at: message.output.at })
        return
      default:
        unreachable(message)
    }
    wake.wake()
  }

  /**
   * A process gets what tasks of a project need once the database has a claim of one under its name: code that only asks gets nothing.
   */
  const give = async (live: Live, project: string): Promise<void> => {
    const { worker } = live
    const ask = () => (worker === null ? [] : heldTasks(pool, worker))
    const held = await withRetry(async () => await ask(), { attempts: Number.POSITIVE_INFINITY, whenDisconnected: true }).catch(() => [])
    const claimed = held.some((task) => task.project === project)
    live.child.send(
      claimed ? { kind: 'project', project, options: options.capabilities?.optionsOf?.(project) } : { kind: 'refused', project },
    )
  }

  const bury = async (live: Live, end: EndedChild): Promise<void> => {
    const { code, signal } = end
    const asTold = code === 0 && live.stage === 'draining'
    try {
      await tellRestOf(live, end)
      // Also after exit code 0: user code may have called process.exit. A worker that drained holds no tasks.
      const gone = live.worker === null ? [] : [live.worker]
      const reaped =
        gone.length === 0 ? undefined : await withRetry(() => reap(pool, gone, howItEnded(end)), { attempts: 3, whenDisconnected: true })
      const attempts = reaped?.reaped ?? 0
      noteDeath(live, end, { asTold, attempts })
      report({ kind: 'ended', pid: live.child.pid, code, signal, reaped: attempts })
      if (reaped !== undefined) await afterTransition(pool, notifier, reaped, reaped.released)
    } catch (error) {
      // Its lease runs out by itself, and a scheduler reaps it.
      noteDeath(live, end, { asTold, attempts: 0 })
      troubles.mention((error as Error).message)
    }
  }

  const tellRestOf = async (live: Live, { rest }: EndedChild): Promise<void> => {
    if (rest.length === 0 && live.outputs.size === 0) return
    // A process that printed before its first lease has not said what is secret: another one of the same supervisor has.
    const mask = live.mask ?? [...lives.values()].find((other) => other.mask !== undefined)?.mask
    const held = live.worker === null ? [] : await heldTasks(pool, live.worker)
    const lines = await tellRest({ stateDir: options.stateDir, mask: mask ?? maskOf([]), rest, outputs: [...live.outputs.values()], held })
    printed(
      live,
      lines.map(mask ?? ((line) => line)),
      held.map(({ pipeline, task }) => `${pipeline}.${task}`),
    )
  }

  const noteDeath = (live: Live, end: EndedChild, { asTold, attempts }: { readonly asTold: boolean; readonly attempts: number }): void => {
    if (leaving.has(live)) return
    // It ended itself for attempts that it held, which are recorded or requeued already.
    const served = end.own !== null || attempts > 0
    waitLonger(live, { asTold, attempts: served ? Math.max(attempts, 1) : 0 })
    if (asTold || (served && end.own !== 'lease') || live.unable || stopping.signal.aborted) return
    const { what, next } = howItEnded(end)
    const when = served ? 'while it held tasks' : live.worker === null ? 'before it could take a task' : 'while it held no task'
    troubles.tell(`a worker process ${what} ${when}. ${next}`)
  }

  /** Or no longer, after what ended well. */
  const waitLonger = ({ slot, servedFrom }: Live, death: { readonly asTold: boolean; readonly attempts: number }): void => {
    const now = Date.now()
    const backoff = afterDeath(backoffs.get(slot), { ...death, servedMs: servedFrom === null ? null : now - servedFrom }, now)
    if (backoff === undefined) backoffs.delete(slot)
    else backoffs.set(slot, backoff)
  }

  const look = (): number => {
    const now = Date.now()
    // A slot is taken until its last process is buried: then it is known whether the next one has to wait.
    const staying = [...ending.values()].filter((live) => !leaving.has(live))
    const views = staying.map((live) => ({ slot: live.slot, stage: lives.get(live.slot) === live ? live.stage : 'draining' }))
    const plan = assignWorkers(options.count, views, backoffs, now)
    for (const slot of plan.start) start(slot)
    for (const slot of plan.drain) drain(lives.get(slot))
    return plan.nextStart === null ? Number.POSITIVE_INFINITY : plan.nextStart - now
  }

  const drain = (live: Live | undefined): void => {
    if (live === undefined || live.stage === 'draining') return
    leave(live)
    live.child.send({ kind: 'drain' })
  }

  /** It takes no more tasks. As many may leave as there are slots, so that processes are at most twice as many. */
  const leave = (live: Live): void => {
    live.stage = 'draining'
    if (lives.get(live.slot) !== live || leaving.size >= options.count) return
    leaving.add(live)
    lives.delete(live.slot)
  }

  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      wake.forget()
      await wake.sleep(Math.min(look(), mostSleepMs))
    }
  }
  const looping = loop()
  // What the tasks of a host that was killed as a whole have started; its last workers have left by then.
  const sweep = setTimeout(() => killLeftBehind(state), (options.graceMs ?? 5_000) + leftAfterMs).unref()

  return {
    list: () =>
      [...lives.values(), ...leaving].map(({ slot, child, worker, stage }) => ({
        slot,
        pid: child.pid,
        worker,
        draining: stage === 'draining',
      })),
    ready: async () => {
      const all = (): boolean => lives.size === options.count && [...lives.values()].every(({ worker }) => worker !== null)
      while (!all() && !stopping.signal.aborted) await delay(5)
    },
    stop: async ({ drainMs = 30_000 } = {}) => {
      if (stopping.signal.aborted) return
      stopping.abort()
      clearTimeout(sweep)
      wake.wake()
      await looping
      for (const live of [...lives.values()]) drain(live)
      const drained = new AbortController()
      const late = delay(drainMs, undefined, { signal: drained.signal }).then(
        () => {
          for (const { child } of [...lives.values(), ...leaving]) child.kill()
        },
        () => undefined,
      )
      while (ending.size > 0) await Promise.all(ending.keys())
      drained.abort()
      await late
      await renewing
      await notifier.flush()
      await pool.end()
    },
  }
}

/** Messages and exits wake it; this is no more than a bound for the timer. */
const mostSleepMs = 3_600_000

/** A worker without a supervisor is killed after its grace time; it looks twice a second. */
const leftAfterMs = 1_000

/** Functions stay here. */
const sentOf = ({ module, options }: CapabilitySource): SentSource => ({ module, options })

function workerOptions(options: StartWorkersOptions, mark: string): WorkerOptions {
  const leaseMs = options.leaseMs ?? 10_000
  return {
    databaseUrl: options.workerUrl ?? options.databaseUrl,
    stateDir: options.stateDir,
    mark,
    leaseMs,
    heartbeatMs: options.heartbeatMs ?? leaseMs / 4,
    pollMs: options.pollMs ?? 1_000,
    slots: options.slots ?? 32,
    maxVersions: options.maxVersions ?? 8,
    graceMs: options.graceMs ?? 5_000,
    debuggerPort: options.debuggerPort ?? null,
    capabilities: options.capabilities === undefined ? null : sentOf(options.capabilities),
  }
}
