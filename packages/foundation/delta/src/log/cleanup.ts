import { flag, intervalMs } from '../protocol/property-values.ts'
import { checkWritable } from '../protocol/writable.ts'
import { parseSchema } from '../schema/schema.ts'
import type { LogStore } from '../store/store.ts'
import { cleanupCutoff, cleanupVersion, planLogCleanup } from './cleanup-plan.ts'
import type { CompleteState } from './replay.ts'
import { commitPath, type LogListing, logFolder, readListing } from './segment.ts'

export interface LogCleanupResult {
  /** Paths relative to the root. */
  readonly deleted: readonly string[]
  /** The oldest version that can still be read, when versions were deleted. */
  readonly oldestVersion: number | undefined
}

const month = 30 * 86_400_000
const atOnce = 64

/** Do checkpoints clean up the log (`delta.enableExpiredLogCleanup`)? Throws `property.invalid`. */
export function cleansUp({ metadata }: CompleteState): boolean {
  return flag(metadata.configuration, 'delta.enableExpiredLogCleanup', true)
}

/**
 * Deletes the commits and checkpoints that only versions older than `delta.logRetentionDuration` (30 days) need. These versions and their
 * `commitInfo` are gone afterwards. Usually costs one listing and a look at the oldest commits.
 */
export async function cleanUpLog(store: LogStore, state: CompleteState, nowMs: number): Promise<LogCleanupResult> {
  checkWritable(state.protocol, state.metadata, parseSchema(state.metadata.schemaString))
  const cutoffMs = cleanupCutoff(nowMs, intervalMs(state.metadata.configuration, 'delta.logRetentionDuration', month))
  const names = await store.list(logFolder)
  const listing = readListing(names)
  const before = cleanupVersion(listing, await newestExpired(store, listing, cutoffMs))
  const steps = before === undefined ? [] : planLogCleanup(names, before)
  const oldestVersion = steps.length === 0 ? undefined : before
  steps.push(...(await leftBehind(store, names, nowMs)))
  for (const step of steps)
    for (let from = 0; from < step.length; from += atOnce)
      await Promise.all(step.slice(from, from + atOnce).map((path) => store.delete(path)))
  return { deleted: steps.flat(), oldestVersion }
}

const dayMs = 86_400_000

/**
 * What killed writers left in the log: our temporary files (`.<name>.<uuid>.tmp`, also Spark's) and those of delta-rs
 * (`_commit_<uuid>.json.tmp`). A commit needs them for milliseconds; they are deleted after a day.
 */
async function leftBehind(store: LogStore, names: readonly string[], nowMs: number): Promise<string[][]> {
  const paths = names.filter(isLeftover).map((name) => `${logFolder}/${name}`)
  const facts = await Promise.all(paths.map((path) => store.stat(path)))
  const old = paths.filter((_, index) => (facts[index]?.modifiedMs ?? nowMs) < nowMs - dayMs)
  return old.length === 0 ? [] : [old]
}

export const isLeftover = (name: string) => /^(\..*|_commit_.*)\.tmp$/.test(name)

/** The newest commit made at or before the cutoff. Commit times never decrease, so only the oldest commits are read. */
async function newestExpired(store: LogStore, { commits }: LogListing, cutoffMs: number): Promise<number | undefined> {
  let expired: number | undefined
  let last = Number.NEGATIVE_INFINITY
  for (let from = 0, size = 1; from < commits.length; from += size, size = atOnce) {
    const some = commits.slice(from, from + size)
    const facts = await Promise.all(some.map((version) => store.stat(commitPath(version))))
    for (const [index, version] of some.entries()) {
      last = Math.max(facts[index]?.modifiedMs ?? last + 1, last + 1)
      if (last > cutoffMs) return expired
      expired = version
    }
  }
  return expired
}
