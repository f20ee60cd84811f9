import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { listen, openPool, withRetry } from '@sluice/postgres'
import { assignWorkers } from '../plan/assign-workers.ts'
import { channels } from '../state/channels.ts'
import { reap } from '../state/workers.ts'
import { afterTransition } from './after-transition.ts'
import type { CapabilitySource } from './capabilities.ts'
import { Notifier } from './notifier.ts'
import { createTroubles } from './troubles.ts'
import { Wake } from './wake.ts'
import type { FromWorker, ToWorker, WorkerOptions } from './worker-protocol.ts'

export interface StartWorkersOptions {
  readonly databaseUrl: string
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
  /** What the tasks can do; without it they have nothing outside of themselves. */
  readonly capabilities?: CapabilitySource
  readonly onEvent?: (event: WorkerEvent) => void
}

export type WorkerEvent =
  | { readonly kind: 'started'; readonly pid: number }
  | { readonly kind: 'ready'; readonly pid: number; readonly worker: number }
  | { readonly kind: 'ended'; readonly pid: number; readonly code: number | null; readonly signal: string | null; readonly reaped: number }
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
  readonly child: ChildProcess
  readonly startedAt: number
  worker: number | null
  draining: boolean
}

/**
 * Keeps `count` worker processes alive.
 *
 * A slot: empty -> starting (forked) -> ready (registered) -> draining (told, or by itself) -> empty. The process
 * may die at any time: its slot is empty, and its tasks are queued again at once, since the supervisor sees the exit; the lease is for
 * processes whose host died. A process that dies within a second of its start makes its slot wait, longer each time.
 */
export async function startWorkers(options: StartWorkersOptions): Promise<Workers> {
  const pool = openPool(options.databaseUrl, { max: 2, applicationName: 'sluice supervisor' })
  const notifier = new Notifier(pool)
  const wake = new Wake()
  const lives = new Map<number, Live>()
  const quickDeaths = new Map<number, { readonly count: number; readonly notBefore: number }>()
  const reaping = new Set<Promise<void>>()
  const stopping = new AbortController()
  const tell = (live: Live, message: ToWorker): void => {
    if (live.child.connected) live.child.send(message, () => undefined)
  }
  const report = (event: WorkerEvent): void => options.onEvent?.(event)
  const troubles = createTroubles({
    trouble: (message) => report({ kind: 'trouble', message }),
    recovered: () => report({ kind: 'recovered' }),
  })

  const start = (slot: number): void => {
    const child = fork(fileURLToPath(import.meta.resolve('@sluice/engine/worker')), [], {
      execArgv: [],
      serialization: 'advanced',
      // Compiled code is kept: a worker is ready in 250 ms instead of 600 ms.
      env: { ...process.env, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(options.stateDir, 'cache', 'compiled') },
      // Standard output belongs to the command; what a worker prints outside of its attempts goes to standard error.
      stdio: ['ignore', 2, 2, 'ipc'],
    })
    const live: Live = { slot, child, startedAt: Date.now(), worker: null, draining: false }
    lives.set(slot, live)
    report({ kind: 'started', pid: child.pid ?? 0 })
    child.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') {
        live.worker = message.worker
        troubles.over()
        report({ kind: 'ready', pid: child.pid ?? 0, worker: message.worker })
      } else troubles.mention(message.message)
      wake.wake()
    })
    child.on('error', (error) => troubles.mention(error.message))
    child.once('exit', (code, signal) => {
      lives.delete(slot)
      noteDeath(slot, live, code)
      const done = afterDeath(live, code, signal).finally(() => {
        reaping.delete(done)
        wake.wake()
      })
      reaping.add(done)
    })
    tell(live, { kind: 'start', options: workerOptions(options) })
  }

  const noteDeath = (slot: number, live: Live, code: number | null): void => {
    if (code === 0 || Date.now() - live.startedAt > 1_000) quickDeaths.delete(slot)
    else {
      const count = (quickDeaths.get(slot)?.count ?? 0) + 1
      quickDeaths.set(slot, { count, notBefore: Date.now() + Math.min(100 * 2 ** count, 5_000) })
    }
  }

  const afterDeath = async (live: Live, code: number | null, signal: string | null): Promise<void> => {
    try {
      // Also after exit code 0: user code may have called process.exit. A worker that drained holds no tasks.
      const gone = live.worker === null ? [] : [live.worker]
      const reaped = gone.length === 0 ? undefined : await withRetry(() => reap(pool, gone), { attempts: 3, whenDisconnected: true })
      report({ kind: 'ended', pid: live.child.pid ?? 0, code, signal, reaped: reaped?.reaped ?? 0 })
      if (reaped !== undefined) await afterTransition(pool, notifier, reaped, 0)
    } catch (error) {
      // Its lease runs out by itself, and a scheduler reaps it.
      troubles.tell((error as Error).message)
    }
  }

  const look = (): void => {
    const now = Date.now()
    for (const slot of assignWorkers(options.count, new Set(lives.keys()))) {
      if ((quickDeaths.get(slot)?.notBefore ?? 0) <= now && !stopping.signal.aborted) start(slot)
    }
  }

  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      wake.forget()
      look()
      // Many notifications in a row are one reason to look.
      await delay(50, undefined, { signal: stopping.signal }).catch(() => undefined)
      await wake.sleep(waitMs())
    }
  }
  const waitMs = (): number => {
    const next = Math.min(...[...quickDeaths.values()].map(({ notBefore }) => notBefore - Date.now()).filter((ms) => ms > 0))
    return Math.min(options.pollMs ?? 1_000, next)
  }

  look()
  const listener = await listen(options.databaseUrl, [channels.ready, channels.version], () => wake.wake(), {
    onReconnect: () => wake.wake(),
  })
  const looping = loop()

  return {
    list: () => [...lives.values()].map(({ slot, child, worker, draining }) => ({ slot, pid: child.pid ?? 0, worker, draining })),
    ready: async () => {
      const all = (): boolean => lives.size === options.count && [...lives.values()].every(({ worker }) => worker !== null)
      while (!all() && !stopping.signal.aborted) await delay(5)
    },
    stop: async ({ drainMs = 30_000 } = {}) => {
      if (stopping.signal.aborted) return
      stopping.abort()
      wake.wake()
      await looping
      const exits = [...lives.values()].map((live) => {
        const exited = new Promise<void>((resolve) => live.child.once('exit', () => resolve()))
        live.draining = true
        tell(live, { kind: 'drain' })
        return exited
      })
      const drained = new AbortController()
      const late = delay(drainMs, undefined, { signal: drained.signal }).then(
        () => {
          for (const { child } of lives.values()) child.kill('SIGKILL')
        },
        () => undefined,
      )
      await Promise.all(exits)
      drained.abort()
      await late
      while (reaping.size > 0) await Promise.all(reaping)
      await listener.close()
      await notifier.flush()
      await pool.end()
    },
  }
}

function workerOptions(options: StartWorkersOptions): WorkerOptions {
  const leaseMs = options.leaseMs ?? 10_000
  return {
    databaseUrl: options.databaseUrl,
    stateDir: options.stateDir,
    leaseMs,
    heartbeatMs: options.heartbeatMs ?? leaseMs / 4,
    pollMs: options.pollMs ?? 1_000,
    slots: options.slots ?? 32,
    maxVersions: options.maxVersions ?? 8,
    graceMs: options.graceMs ?? 5_000,
    capabilities: options.capabilities ?? null,
  }
}
