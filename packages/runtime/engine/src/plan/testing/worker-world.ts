import { afterDeath, asksToBeReplaced, assignWorkers, type Backoff, type WorkerStage } from '../assign-workers.ts'

/** A queue of tasks of several versions, the processes that empty it, and a clock of its own. All times in ms. */
export interface World {
  readonly versions: number
  readonly tasksEach: number
  readonly workers: number
  readonly taskMs: number
  /** From fork to first heartbeat, of the n-th start. */
  readonly startMs: (n: number) => number
  /** How often the supervisor looks. */
  readonly lookMs: number
  readonly maxVersions: number
  /** Whether the n-th start ends in a death instead of a heartbeat. */
  readonly dies: (n: number) => boolean
}

export interface Outcome {
  readonly finishedMs: number
  readonly done: number
  readonly starts: number
}

export interface Process {
  readonly readyAt: number
  readonly dies: boolean
  /** What it has imported; one that is bound serves nothing else. */
  readonly imported: Set<number>
  readonly bound: boolean
  busyUntil: number | null
  draining: boolean
}

/** Decides starts and drains by what the supervisor sees. */
export type Supervise = (seen: {
  readonly world: World
  readonly now: number
  readonly processes: ReadonlyMap<number, Process>
  readonly queued: readonly number[]
  readonly backoffs: ReadonlyMap<number, Backoff>
}) => { readonly start: readonly { readonly slot: number; readonly version?: number }[]; readonly drain: readonly number[] }

const stageOf = (process: Process, now: number, { maxVersions }: World, queued: readonly number[]): WorkerStage => {
  if (process.draining) return 'draining'
  if (now < process.readyAt) return 'starting'
  const others = queued.some((count, version) => count > 0 && !process.imported.has(version))
  const own = queued.some((count, version) => count > 0 && process.imported.has(version))
  return process.imported.size >= maxVersions && others && asksToBeReplaced(!own, now - process.readyAt) ? 'full' : 'serving'
}

export const bySlots: Supervise = ({ world, now, processes, queued, backoffs }) => {
  const views = [...processes].map(([slot, process]) => ({ slot, stage: stageOf(process, now, world, queued) }))
  const { start, drain } = assignWorkers(world.workers, views, backoffs, now)
  return { start: start.map((slot) => ({ slot })), drain }
}

/** Runs until all tasks are done, at most an hour of its clock. Each version's next task is the oldest, so versions take turns. */
export function live(world: World, supervise: Supervise): Outcome {
  const queued = Array.from({ length: world.versions }, () => world.tasksEach)
  const processes = new Map<number, Process>()
  const backoffs = new Map<number, Backoff>()
  let [starts, done] = [0, 0]
  const note = (slot: number, backoff: Backoff | undefined): void => {
    if (backoff === undefined) backoffs.delete(slot)
    else backoffs.set(slot, backoff)
  }
  const step = Math.min(world.lookMs, 50)
  for (let now = 0; now < 3_600_000; now += step) {
    for (const [slot, process] of processes) {
      if (now < process.readyAt) continue
      if (process.dies) {
        processes.delete(slot)
        note(slot, afterDeath(backoffs.get(slot), { asTold: false, attempts: 0, servedMs: null }, now))
        continue
      }
      if (process.busyUntil !== null && now >= process.busyUntil) {
        process.busyUntil = null
        done++
        backoffs.delete(slot)
      }
      if (process.busyUntil !== null) continue
      if (process.draining) {
        processes.delete(slot)
        continue
      }
      const mayImport = !process.bound && process.imported.size < world.maxVersions
      const [next] = queued
        .map((count, version) => ({ count, version }))
        .filter(({ count, version }) => count > 0 && (mayImport || process.imported.has(version)))
        .sort((a, b) => b.count - a.count || a.version - b.version)
      if (next === undefined) continue
      queued[next.version] = next.count - 1
      process.imported.add(next.version)
      process.busyUntil = now + world.taskMs
    }
    if (done === world.versions * world.tasksEach) return { finishedMs: now, done, starts }
    if (now % world.lookMs !== 0) continue
    const { start, drain } = supervise({ world, now, processes, queued, backoffs })
    for (const { slot, version } of start) {
      const n = starts++
      const imported = new Set(version === undefined ? [] : [version])
      const readyAt = now + world.startMs(n)
      processes.set(slot, { readyAt, dies: world.dies(n), imported, bound: version !== undefined, busyUntil: null, draining: false })
    }
    for (const slot of drain) {
      const process = processes.get(slot)
      if (process !== undefined) process.draining = true
    }
  }
  return { finishedMs: Number.POSITIVE_INFINITY, done, starts }
}
