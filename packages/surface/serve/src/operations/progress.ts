/** How commands of the command line's own wait for what they started. */
export { waitForBackfill } from './backfills/progress.ts'
export { waitWithProgress } from './runs/progress.ts'
