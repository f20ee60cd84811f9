import { refresh, type TableContext } from '../context.ts'
import { keepsCommitTime } from '../log/in-commit-time.ts'
import { commitTimes, listLog, readLongCommitInfo, readShortCommitInfo } from '../log/log.ts'
import { parseCommit } from '../log/parse-commit.ts'
import { commitPath } from '../log/segment.ts'
import type { Action, CommitInfo, Transaction } from '../protocol/actions.ts'

/** One commit as its writer described it. A field that the writer left out is `undefined`. */
export interface HistoryEntry {
  readonly version: number
  /** Epoch milliseconds. */
  readonly timestampMs: number
  readonly operation: string | undefined
  readonly operationParameters: Readonly<Record<string, unknown>> | undefined
  /** Counts, as texts. */
  readonly operationMetrics: Readonly<Record<string, unknown>> | undefined
  /** The version that the writer had read. */
  readonly readVersion: number | undefined
  readonly isBlindAppend: boolean | undefined
  readonly userMetadata: string | undefined
  readonly engineInfo: string | undefined
  /** Everything that the writer recorded. */
  readonly commitInfo: CommitInfo
}

/** The newest commit of an application id: the result that a skipped replay reports. */
export interface CommittedTransaction extends HistoryEntry {
  readonly txn: Transaction
}

const atOnce = 32
/** The times of this many earlier commits correct a clock that went back. Commits further back are not read. */
const clockMargin = 100

/**
 * The commits whose files still exist, newest first. Costs a look at each of the newest `limit` commits, whatever the size of the table.
 * Of commits whose `commitInfo` is long one is in memory at a time.
 */
export async function* eachCommit(context: TableContext, limit: number): AsyncGenerator<HistoryEntry, void> {
  const state = await refresh(context)
  const { commits } = await listLog(context.store)
  const wanted = Math.max(0, Math.min(commits.length, Math.floor(limit)))
  const from = commits.length - wanted
  const times = await commitTimes(context.store, commits.slice(Math.max(0, from - clockMargin)), keepsCommitTime(state.metadata))
  for (const some of chunks(times.slice(times.length - wanted).reverse())) {
    const short = await Promise.all(some.map(({ version }) => readShortCommitInfo(context.store, version)))
    for (const [at, { version, timestampMs }] of some.entries())
      yield entryOf(version, timestampMs, short[at] ?? (await readLongCommitInfo(context.store, version)))
  }
}

/** Reads commits backwards until it finds the one with the application id. */
export async function findTransaction(context: TableContext, appId: string): Promise<CommittedTransaction | undefined> {
  const state = await refresh(context)
  if (!state.transactions.has(appId)) return undefined
  const { commits } = await listLog(context.store)
  const spelled = JSON.stringify(appId)
  for (const some of chunks(commits.toReversed())) {
    const texts = await Promise.all(some.map(async (version) => ({ version, text: (await context.store.read(commitPath(version))) ?? '' })))
    for (const { version, text } of texts) {
      // Other writers may escape the text differently. A commit with such escapes is parsed.
      if (!text.includes(spelled) && !/\\[u/]/.test(text)) continue
      const actions: readonly Action[] = parseCommit(text, commitPath(version))
      const txn = actions.find((action) => action.txn?.appId === appId)?.txn
      if (txn === undefined) continue
      const [time] = await commitTimes(context.store, [version], keepsCommitTime(state.metadata))
      const commitInfo = actions.find((action) => action.commitInfo !== undefined)?.commitInfo ?? {}
      return { ...entryOf(version, time?.timestampMs ?? 0, commitInfo), txn }
    }
  }
  return undefined
}

function* chunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += atOnce) yield items.slice(from, from + atOnce)
}

function entryOf(version: number, timestampMs: number, commitInfo: CommitInfo): HistoryEntry {
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined)
  const record = (value: unknown) =>
    typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined
  const { operation, operationParameters, operationMetrics, readVersion, isBlindAppend, userMetadata, engineInfo } = commitInfo
  return {
    version,
    timestampMs,
    operation: text(operation),
    operationParameters: record(operationParameters),
    operationMetrics: record(operationMetrics),
    readVersion: typeof readVersion === 'number' ? readVersion : undefined,
    isBlindAppend: typeof isBlindAppend === 'boolean' ? isBlindAppend : undefined,
    userMetadata: text(userMetadata),
    engineInfo: text(engineInfo),
    commitInfo,
  }
}
