import { randomUUID } from 'node:crypto'
import { refresh, type TableContext } from '../context.ts'
import { DeltaError } from '../errors.ts'
import { type CompleteState, keyOf } from '../log/replay.ts'
import { decodePath } from '../log/uri.ts'
import type { Action, AddFile, CommitInfo } from '../protocol/actions.ts'
import { says } from '../protocol/properties.ts'
import { shapeOf } from '../read/snapshot.ts'
import { checkpointIfDue, publish } from './commit.ts'
import type { ReadSet } from './conflict.ts'

/** Recorded with a change, so that it does not happen again. */
export interface WrittenOnce {
  readonly appId: string
  readonly version: number
}

/** One change of a table. It is prepared on a state, and prepared again after each lost race. */
export interface Operation<Outcome> {
  /** Make the change happen once. It is skipped when the table has one of the application ids at its version or a higher one. */
  readonly txns?: readonly WrittenOnce[]
  /** It commits as the next version after this one, or not at all. */
  readonly ifVersion?: number | undefined
  /**
   * Writes the files of the change and says what to commit. `undefined` when there is nothing to change. Every file that it writes is named
   * in `Staged.own` or deleted by `abandon`.
   */
  stage(base: CompleteState): Promise<Staged<Outcome> | undefined>
  /** The result when nothing was committed: the change was already there, or there was nothing to do. */
  unchanged(base: CompleteState, alreadyCommitted: boolean): Outcome
  /** Deletes the files that were kept between attempts and that no commit names. */
  abandon?(): Promise<void>
}

/** A prepared change (PROTOCOL.md, Actions): the whole commit without `commitInfo` and transactions. */
export interface Staged<Outcome> {
  readonly actions: readonly Action[]
  /** What the actions depend on. */
  readonly reads: ReadSet
  readonly operation: string
  readonly parameters: Readonly<Record<string, unknown>>
  /** Counts, as texts, like those of other engines. */
  readonly metrics: Readonly<Record<string, string>>
  readonly blindAppend?: boolean
  /** The caller's own fields of `commitInfo`. */
  readonly commitInfo?: CommitInfo | undefined
  /** Files that only this attempt can use. They are deleted when it loses the race. */
  readonly own: readonly OwnFile[]
  outcome(version: number): Outcome
}

/** A file by its URI-encoded path, as actions name it. */
export type OwnFile = Pick<AddFile, 'path'>

/** After this many lost races other writers are too fast for this one. */
const maxAttempts = 25

/** Prepares and publishes a change. A failure before the commit leaves the table as it was, and at most files that no commit names. */
export async function transact<Outcome>(context: TableContext, operation: Operation<Outcome>): Promise<Outcome> {
  const { txns = [] } = operation
  for (const txn of txns) checkTransaction(txn)
  using _files = context.store.hold()
  const appIds = new Set(txns.map(({ appId }) => appId))
  let conflict = ''
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const base = await refresh(context)
    if (isCommitted(base, txns)) {
      await operation.abandon?.()
      return operation.unchanged(base, true)
    }
    if (operation.ifVersion !== undefined && base.version !== operation.ifVersion) {
      await operation.abandon?.()
      throw otherVersion(base.version, operation.ifVersion)
    }
    const staged = await operation.stage(base).catch(async (cause: unknown) => {
      await operation.abandon?.()
      throw cause
    })
    if (staged === undefined) {
      await operation.abandon?.()
      return operation.unchanged(base, false)
    }
    const outcome = await publish(context, base, actionsOf(context, base, staged, txns), {
      reads: staged.reads,
      removes: new Set(staged.actions.flatMap(({ remove }) => (remove === undefined ? [] : [keyOf(remove, context.root)]))),
      appIds,
      shape: shapeOf(base),
      onlyNext: operation.ifVersion !== undefined,
      isolation: says(base.metadata.configuration['delta.isolationLevel'], 'serializable') ? 'Serializable' : 'WriteSerializable',
    })
    if ('version' in outcome) {
      await checkpointIfDue(context, outcome.version)
      return staged.outcome(outcome.version)
    }
    conflict = outcome.conflict
    await discard(context, staged.own)
  }
  await operation.abandon?.()
  throw new DeltaError(
    'commit.conflict',
    `The commit lost ${maxAttempts} races against other writers. The last time, ${conflict}.`,
    'Try again when the table is less busy, or let only one writer at a time replace rows.',
    { conflict },
  )
}

function otherVersion(version: number, wanted: number): DeltaError {
  return new DeltaError(
    'commit.conflict',
    `The table has version ${version}, and the change was to follow version ${wanted}.`,
    'Read the table again, decide again, and give the version that was read.',
    { version, ifVersion: wanted },
  )
}

/** Throws `transaction.invalid` for a version that would be read back as another number. */
function checkTransaction(txn: WrittenOnce): void {
  if (Number.isSafeInteger(txn.version) && txn.version >= 0) return
  throw new DeltaError(
    'transaction.invalid',
    `The version ${txn.version} of the transaction ${txn.appId} is not a whole number from 0 to 2^53 - 1.`,
    'Give a whole number, such as the count of the writes of the application.',
    { appId: txn.appId, version: txn.version },
  )
}

function isCommitted({ transactions }: CompleteState, txns: readonly WrittenOnce[]): boolean {
  return txns.some(({ appId, version }) => (transactions.get(appId)?.version ?? -1) >= version)
}

/** The transaction of a change that has at most one. */
export const txnsOf = ({ txn }: { readonly txn?: WrittenOnce }): readonly WrittenOnce[] => (txn === undefined ? [] : [txn])

function actionsOf<Outcome>(context: TableContext, base: CompleteState, staged: Staged<Outcome>, txns: readonly WrittenOnce[]): Action[] {
  const nowMs = context.now()
  const commitInfo: CommitInfo = {
    ...staged.commitInfo,
    timestamp: nowMs,
    operation: staged.operation,
    operationParameters: staged.parameters,
    readVersion: base.version,
    isBlindAppend: staged.blindAppend === true,
    operationMetrics: staged.metrics,
    engineInfo: 'sluice-delta',
    txnId: randomUUID(),
  }
  return [{ commitInfo }, ...txns.map((txn) => ({ txn: { ...txn, lastUpdated: nowMs } })), ...staged.actions]
}

/** Deletes files that no commit names. They do no harm, so a failure to delete them is ignored. */
export async function discard({ store }: TableContext, files: readonly OwnFile[] = []): Promise<void> {
  await Promise.all(files.map((file) => store.delete(decodePath(file.path)).catch(() => undefined)))
}
