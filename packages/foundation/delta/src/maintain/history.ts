import { refresh, type TableContext } from '../context.ts'
import { keepsCommitTime } from '../log/in-commit-time.ts'
import { commitTimes, listLog, readCommitInfo } from '../log/log.ts'
import { parseCommit } from '../log/parse-commit.ts'
import { commitPath } from '../log/segment.ts'
import type { Action, CommitInfo, Transaction } from '../protocol/actions.ts'

/** One commit, as its writer described it; what it did not say is `undefined`. */
export interface HistoryEntry {
  readonly version: number
  /** Epoch milliseconds. */
  readonly timestampMs: number
  readonly operation: string | undefined
  readonly operationParameters: Readonly<Record<string, unknown>> | undefined
  /** Counts, as text. */
  readonly operationMetrics: Readonly<Record<string, unknown>> | undefined
  /** The version the writer had read. */
  readonly readVersion: number | undefined
  readonly isBlindAppend: boolean | undefined
  readonly userMetadata: string | undefined
  readonly engineInfo: string | undefined
  /** All of it. */
  readonly commitInfo: CommitInfo
}

/** The newest commit of an application id: what a skipped replay reports as its result. */
export interface CommittedTransaction extends HistoryEntry {
  readonly txn: Transaction
}

const atOnce = 32
/** Clocks that went back are put right by the commits before; further back than this they are not asked. */
const clockMargin = 100

/** Commits whose files are still there, newest first. Costs a look at each of the newest `limit` commits, whatever the table holds. */
export async function history(context: TableContext, limit: number): Promise<HistoryEntry[]> {
  const state = await refresh(context)
  const { commits } = await listLog(context.store)
  const wanted = Math.max(0, Math.min(commits.length, Math.floor(limit)))
  const from = commits.length - wanted
  const times = await commitTimes(context.store, commits.slice(Math.max(0, from - clockMargin)), keepsCommitTime(state.metadata))
  const entries: HistoryEntry[] = []
  for (const some of chunks(times.slice(times.length - wanted).reverse()))
    entries.push(
      ...(await Promise.all(
        some.map(async ({ version, timestampMs }) => entryOf(version, timestampMs, await readCommitInfo(context.store, version))),
      )),
    )
  return entries
}

/** Reads commits backwards until found. */
export async function findTransaction(context: TableContext, appId: string): Promise<CommittedTransaction | undefined> {
  const state = await refresh(context)
  if (!state.transactions.has(appId)) return undefined
  const { commits } = await listLog(context.store)
  const spelled = JSON.stringify(appId)
  for (const some of chunks(commits.toReversed())) {
    const texts = await Promise.all(some.map(async (version) => ({ version, text: (await context.store.read(commitPath(version))) ?? '' })))
    for (const { version, text } of texts) {
      // Other writers may escape the text otherwise; then every commit is taken apart.
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
