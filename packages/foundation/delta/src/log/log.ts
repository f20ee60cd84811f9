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
 * The table's state at a version, or at the newest one. `_last_checkpoint` is not read: it is a hint that may be stale or broken, and the
 * listing is needed anyway. With an earlier known state only the commits after it are read.
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
 * Skips a checkpoint that cannot be read when an older checkpoint, or the commits alone, lead to the same version. A checkpoint that can be
 * read but is wrong is an error: its writer was wrong.
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
      // A checkpoint must hold protocol and metadata itself. Later commits do not repair a broken one.
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
        versions.slice(from, from + 64).map(async (version) => {
          const actions = await readCommit(store, version)
          // It may hold megabytes, and says nothing of the state of the table.
          return { version, actions: actions.filter(({ commitInfo }) => commitInfo === undefined) }
        }),
      )),
    )
  }
  return commits
}

export async function readCommit(store: LogStore, version: number): Promise<Action[]> {
  return parseCommit(await readText(store, version), commitPath(version))
}

async function readText(store: LogStore, version: number): Promise<string> {
  const text = await store.read(commitPath(version))
  if (text === undefined) throw corrupt(`The commit ${version} disappeared while the log was read.`, { version })
  return text
}

/** Writers put the short `commitInfo` first. The adds of a large commit are not read for it. */
const headBytes = 16_384

/** The `commitInfo` of a commit. Empty when the commit has none or its file is gone. Throws `log.corrupt` when it is unreadable. */
const readCommitInfo = async (store: LogStore, version: number): Promise<CommitInfo> =>
  (await readShortCommitInfo(store, version)) ?? (await readLongCommitInfo(store, version))

/** The same where the beginning of the file says it; `undefined` where the whole file is to be read for it. */
export async function readShortCommitInfo(store: LogStore, version: number): Promise<CommitInfo | undefined> {
  const head = await store.readBytes(commitPath(version), { offset: 0, length: headBytes })
  if (head === undefined) return {}
  const [line, rest] = new TextDecoder().decode(head).split('\n', 2)
  return line === undefined || rest === undefined ? undefined : commitInfoIn(line)
}

export async function readLongCommitInfo(store: LogStore, version: number): Promise<CommitInfo> {
  const text = await readText(store, version)
  const told = commitInfoIn(text.slice(0, text.indexOf('\n')))
  return told ?? parseCommit(text, commitPath(version)).find((action) => action.commitInfo !== undefined)?.commitInfo ?? {}
}

/** `undefined` of another line, or of a broken one: who reads the whole file says what is wrong with it. */
function commitInfoIn(line: string): CommitInfo | undefined {
  if (!line.startsWith('{"commitInfo":')) return undefined
  try {
    return (JSON.parse(line) as { readonly commitInfo: CommitInfo }).commitInfo
  } catch {
    return undefined
  }
}

/**
 * The time of each commit in epoch milliseconds, ascending: the in-commit timestamp if the table keeps one, otherwise the modification time
 * of the file. A time that goes back is raised above the time before it (PROTOCOL.md, In-Commit Timestamps).
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
  /**
   * True when the commit itself holds the time. Such a time is not raised, because the file times of earlier commits may be those of a
   * copy.
   */
  readonly own: boolean
  readonly ms: number | undefined
}

async function ownTime(store: LogStore, version: number, inCommit: boolean): Promise<CommitTime> {
  const own = inCommit ? (await readCommitInfo(store, version)).inCommitTimestamp : undefined
  if (typeof own === 'number') return { own: true, ms: own }
  // A copied table may begin with a checkpoint.
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
    `The table has no version at ${instant}: the oldest existing commit is later.`,
    'Ask for a version that history() lists.',
    { timestamp: instant },
  )
}
