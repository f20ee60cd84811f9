import type { DuckDBConnection } from '@duckdb/node-api'
import { corrupt } from '../errors.ts'
import type { LogStore } from '../store/store.ts'
import { type Action, parseCommit } from './actions.ts'
import { readCheckpoint } from './read-checkpoint.ts'
import { type CompleteState, complete, emptyState, replay } from './replay.ts'
import { chooseSegment, commitPath, type LogListing, logFolder, missingVersion, readListing } from './segment.ts'

export async function listLog(store: LogStore): Promise<LogListing> {
  return readListing(await store.list(logFolder))
}

/**
 * The table's state at a version, or the newest. `_last_checkpoint` is not asked: it is a hint that may be stale or broken, and the listing
 * is needed anyway. A known earlier state saves reading what it already holds.
 */
export async function loadState(
  connection: DuckDBConnection,
  store: LogStore,
  listing: LogListing,
  wanted: number | undefined,
  known?: CompleteState,
): Promise<CompleteState> {
  const segment = chooseSegment(listing, wanted)
  if (known !== undefined && known.version === segment.version) return known
  if (known !== undefined && known.version < segment.version) {
    const after = listing.commits.filter((v) => v > known.version && v <= segment.version)
    if (after.length === segment.version - known.version) return complete(replay(known, await readCommits(store, after), store.root))
  }
  const { checkpoint } = segment
  const commits = await readCommits(store, segment.commits)
  if (checkpoint === undefined) return complete(replay(emptyState, commits, store.root))
  await store.fetch(checkpoint.parts)
  const base = { version: checkpoint.version, actions: await readCheckpoint(connection, store.root, checkpoint.parts) }
  // A checkpoint must hold protocol and metadata itself: later commits do not make up for a broken one.
  return complete(replay(complete(replay(emptyState, [base], store.root)), commits, store.root))
}

async function readCommits(store: LogStore, versions: readonly number[]): Promise<{ version: number; actions: Action[] }[]> {
  const commits: { version: number; actions: Action[] }[] = []
  for (let from = 0; from < versions.length; from += 64) {
    commits.push(
      ...(await Promise.all(
        versions.slice(from, from + 64).map(async (version) => ({ version, actions: await readCommit(store, version) })),
      )),
    )
  }
  return commits
}

export async function readCommit(store: LogStore, version: number): Promise<Action[]> {
  const text = await store.read(commitPath(version))
  if (text === undefined) throw corrupt(`The commit ${version} vanished while it was read.`, { version })
  return parseCommit(text, commitPath(version))
}

/**
 * When each commit was made, ascending, epoch milliseconds: the in-commit timestamp where the table keeps one, the file's modification time
 * otherwise, raised where clocks went back (PROTOCOL.md, In-Commit Timestamps).
 */
export async function commitTimes(
  store: LogStore,
  versions: readonly number[],
  inCommit: boolean,
): Promise<{ version: number; timestampMs: number }[]> {
  let last = Number.NEGATIVE_INFINITY
  const times: { version: number; timestampMs: number }[] = []
  for (const version of versions) {
    const own = inCommit ? (await readCommit(store, version))[0]?.commitInfo?.inCommitTimestamp : undefined
    const stamp = typeof own === 'number' ? own : ((await store.stat(commitPath(version)))?.modifiedMs ?? last + 1)
    last = Math.max(stamp, last + 1)
    times.push({ version, timestampMs: last })
  }
  return times
}

/** The newest version made at or before an instant. */
export function versionAt(times: readonly { readonly version: number; readonly timestampMs: number }[], timestampMs: number): number {
  const found = times.findLast((time) => time.timestampMs <= timestampMs)
  if (found !== undefined) return found.version
  throw missingVersion(-1, `the oldest commit that is still there was made after ${new Date(timestampMs).toISOString()}`)
}
