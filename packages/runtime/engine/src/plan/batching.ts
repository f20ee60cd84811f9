/** How long the tasks of a worker take: a moving average in milliseconds, which follows a slow task at once. */
export interface Pace {
  readonly averageMs: number
}

export const unknownPace: Pace = { averageMs: 1_000 }

/** A slow task counts in full, so that one is enough to stop claiming ahead; a short one counts by half. */
export const paced = (pace: Pace, taskMs: number): Pace => ({
  averageMs: taskMs > pace.averageMs ? taskMs : pace.averageMs * 0.5 + taskMs * 0.5,
})

/**
 * How many tasks to claim at once: as many as run in about 25 ms, and one when they take longer than 12 ms. Tasks claimed ahead are kept
 * from idle workers, so they must be short; the heartbeat thread gives back those that wait behind a task that turns out long.
 */
export const claimSize = (pace: Pace): number => Math.max(1, Math.min(50, Math.floor(25 / Math.max(pace.averageMs, 0.1))))
