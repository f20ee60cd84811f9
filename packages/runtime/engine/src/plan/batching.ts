/** How long the tasks of a worker take: a moving average in milliseconds, which follows a slow task at once. */
export interface Pace {
  readonly averageMs: number
}

export const unknownPace: Pace = { averageMs: 1_000 }

/** A slow task counts in full, so that one is enough to stop claiming ahead; a short one counts by half. */
export const paced = (pace: Pace, taskMs: number): Pace => ({
  averageMs: taskMs > pace.averageMs ? taskMs : pace.averageMs * 0.5 + taskMs * 0.5,
})

/** A claim brings no more. */
export const mostAtOnce = 50

/**
 * How many tasks to claim at once: as many as run in about 25 ms, and one when they take longer than 12 ms. Tasks claimed ahead are kept
 * from idle workers, so they must be short; the heartbeat thread gives back those that wait behind a task that turns out long.
 */
export const claimSize = (pace: Pace): number => Math.max(1, Math.min(mostAtOnce, Math.floor(25 / Math.max(pace.averageMs, 0.1))))

/** What the event loop of a process did since it was last looked at; undefined when that was a moment ago. */
export type LoopLoad = 'busy' | 'free' | undefined

/** How many tasks that wait a process runs side by side at first. */
export const firstWidth = 1

/**
 * How many tasks that wait a process runs side by side. Nobody knows before whether a task computes after it has waited, so that the width
 * doubles while all of it is used and the event loop is free, up to the slots, and falls to one where the loop has been busy: tasks beside
 * one that computes would keep each other waiting, and idle processes are there for them.
 */
export function nextWidth(width: number, waiting: number, load: LoopLoad, slots: number): number {
  if (load === 'busy') return 1
  return Math.min(slots, load === 'free' && waiting >= width ? width * 2 : width)
}

/** What a worker has room for. */
export interface ClaimRoom {
  /** Tasks that wait. */
  readonly room: number
  /** Tasks that compute. */
  readonly computing: 0 | 1
  /** It holds nothing: a task that was lost before may come, and then comes by itself. */
  readonly alone: boolean
  /** Only tasks of these versions; null is any. */
  readonly versions: readonly number[] | null
}

/** By losses: how long a task that was lost before runs until others join it. One more loss fails it, so the last time nothing does. */
const suspectMs = [0, 1_000, 10_000] as const

/**
 * Whether a task may still be what killed its processes: it was lost in its generation, and has not run for long since. Nobody knows which
 * task of a killed process it was. Were each of thirty to run alone to its end, they would take thirty times as long, and all that comes
 * after them would wait; most of what kills does so soon.
 */
export const isSuspect = (losses: number, ranMs: number): boolean => ranMs < (suspectMs[losses] ?? Number.POSITIVE_INFINITY)

/** What a worker process runs at the moment. */
export interface AtHand {
  readonly waiting: number
  readonly computing: number
  /** A task is among them that may be what kills its processes (`isSuspect`), or that is isolated: nothing joins it. */
  readonly apart: boolean
}

export interface RunningClaim {
  readonly computes: boolean
  readonly isolated: boolean
  readonly losses: number
  readonly ranMs: number
}

/** What claims are at hand. */
export function atHandOf(claims: readonly RunningClaim[]): AtHand {
  const computing = claims.filter(({ computes }) => computes).length
  const apart = claims.some(({ isolated, losses, ranMs }) => isolated || isSuspect(losses, ranMs))
  return { computing, waiting: claims.length - computing, apart }
}

/**
 * What a process may claim beside what it runs; undefined is nothing. Where tasks have been short, it claims ahead of its width: they end
 * before the next one begins.
 */
export function roomBeside(
  { waiting, computing, apart }: AtHand,
  { slots, width, pace }: { readonly slots: number; readonly width: number; readonly pace: Pace },
): Omit<ClaimRoom, 'versions'> | undefined {
  const size = claimSize(pace)
  if (waiting + computing === 0) return { room: Math.max(width, size), computing: 1, alone: true }
  if (apart) return undefined
  const room = Math.max(0, Math.min(slots - waiting, Math.max(width - waiting, size > 1 ? size : 0)))
  return room === 0 && (computing > 0 || width === 1) ? undefined : { room, computing: computing === 0 ? 1 : 0, alone: false }
}
