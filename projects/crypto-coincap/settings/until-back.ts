/** How a step that uses the warehouse is tried again: one that restarts is back within seconds. */
export const untilBack = { attempts: 4, delay: '2s', backoff: 'exponential' } as const
