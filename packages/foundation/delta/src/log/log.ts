import type { DuckDBConnection } from '@duckdb/node-api'
import { corrupt, DeltaError } from '../errors.ts'
import type { Action, CommitInfo } from '../protocol/actions.ts'
import type { LogStore } from '../store/store.ts'
import { parseCommit } from './parse-commit.ts'
import { readCheckpoint } from './read-checkpoint.ts'
import { type CompleteState, complete, emptyState, replay, stateOf, type TableState } from './replay.ts'
import { checkpointPath, chooseSegments, commitPath, type LogListing, logFolder, readListing, type Segment } from './segment.ts'

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
  const ways = chooseSegments(listing, wanted)
  const [{ version }] = ways
  if (known !== undefined && known.version === version) return known
  if (known !== undefined && known.version < version) {
    const after = listing.commits.filter((v) => v > known.version && v <= version)
    if (after.length === version - known.version) return complete(replay(known, await readCommits(store, after), store.root))
  }
  const { base, commits } = await firstReadable(connection, store, ways)
  return complete(replay(base, await readCommits(store, commits), store.root))
}

/**
 * A checkpoint that cannot be read is stepped over as long as an older one, or the commits alone, lead to the version as well. One that can be
 * read and is wrong says that its writer was: that is an error.
 */
async function firstReadable(
  connection: DuckDBConnection,
  store: LogStore,
  ways: readonly Segment[],
): Promise<{ readonly base: TableState; readonly commits: readonly number[] }> {
  let failure: unknown
  for (const { checkpoint, commits } of ways) {
    if (checkpoint === undefined) return { base: emptyState, commits }
    try {
      const content = await readCheckpoint(connection, store, checkpoint)
      // A checkpoint must hold protocol and metadata itself: later commits do not make up for a broken one.
      return { base: complete(stateOf(content, store.root)), commits }
    } catch (error) {
      if (!(error instanceof DeltaError) || !brokenCodes.has(error.code)) throw error
      failure ??= error
    }
  }
  throw failure
}

const brokenCodes: ReadonlySet<string> = new Set(['file.corrupt', 'file.missing'])

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

/** Writers put `commitInfo` first, and it is short; the adds of a big commit are not read for it. */
const headBytes = 16_384

/** The `commitInfo` of a commit, empty when it has none or its file is gone. Throws `log.corrupt` when it is unreadable. */
export async function readCommitInfo(store: LogStore, version: number): Promise<CommitInfo> {
  const head = await store.readBytes(commitPath(version), { offset: 0, length: headBytes })
  if (head === undefined) return {}
  const [line, rest] = new TextDecoder().decode(head).split('\n', 2)
  if (line !== undefined && rest !== undefined && line.startsWith('{"commitInfo":')) {
    try {
      return (JSON.parse(line) as { readonly commitInfo: CommitInfo }).commitInfo
    } catch {
      // The whole file says what is wrong with it.
    }
  }
  return (await readCommit(store, version)).find((action) => action.commitInfo !== undefined)?.commitInfo ?? {}
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
  for (let from = 0; from < versions.length; from += 64) {
    const some = versions.slice(from, from + 64)
    const stamps = await Promise.all(some.map((version) => ownTime(store, version, inCommit)))
    for (const [index, version] of some.entries()) {
      const { own, ms } = stamps[index] ?? { own: false, ms: undefined }
      last = own && ms !== undefined ? ms : Math.max(ms ?? last + 1, last + 1)
      times.push({ version, timestampMs: last })
    }
  }
  return times
}

interface CommitTime {
  /** By the commit itself, which nothing corrects: the file times of commits before it may be those of a copy. */
  readonly own: boolean
  readonly ms: number | undefined
}

async function ownTime(store: LogStore, version: number, inCommit: boolean): Promise<CommitTime> {
  const own = inCommit ? (await readCommitInfo(store, version)).inCommitTimestamp : undefined
  if (typeof own === 'number') return { own: true, ms: own }
  // A copy of a table may begin with a checkpoint.
  const facts = (await store.stat(commitPath(version))) ?? (await store.stat(checkpointPath(version)))
  return { own: false, ms: facts?.modifiedMs }
}

/** The newest version made at or before an instant. */
export function versionAt(times: readonly { readonly version: number; readonly timestampMs: number }[], timestampMs: number): number {
  const found = times.findLast((time) => time.timestampMs <= timestampMs)
  if (found !== undefined) return found.version
  const instant = new Date(timestampMs).toISOString()
  throw new DeltaError(
    'version.missing',
    `The table has no version of ${instant}: the oldest commit that is still there was made later.`,
    'Ask for a version that history() lists.',
    { timestamp: instant },
  )
}
