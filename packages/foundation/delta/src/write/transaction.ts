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

/** One change of a table: how it is prepared on a state, again after each lost race. */
export interface Operation<Outcome> {
  /** Makes the change happen once: skipped when the table holds the application id at this version or a higher one. */
  readonly txn?: { readonly appId: string; readonly version: number } | undefined
  /**
   * Writes the files the change needs and says what to commit; `undefined` when there is nothing to change. It writes no file that it does not
   * name in `Staged.own`, unless it deletes it itself in `abandon`.
   */
  stage(base: CompleteState): Promise<Staged<Outcome> | undefined>
  /** What the caller gets when nothing was committed: the change was there already, or there was nothing to do. */
  unchanged(base: CompleteState, alreadyCommitted: boolean): Outcome
  /** Deletes the files that outlived an attempt and that no commit names. */
  abandon?(): Promise<void>
}

/** A prepared change (PROTOCOL.md, Actions): everything of the commit but `commitInfo` and `txn`. */
export interface Staged<Outcome> {
  readonly actions: readonly Action[]
  /** What the actions depend on. */
  readonly reads: ReadSet
  readonly operation: string
  readonly parameters: Readonly<Record<string, unknown>>
  /** Counts, as text, as the engines have them. */
  readonly metrics: Readonly<Record<string, string>>
  readonly blindAppend?: boolean
  /** The caller's own fields of `commitInfo`. */
  readonly commitInfo?: CommitInfo | undefined
  /** Files that only this attempt can use: deleted when it loses. */
  readonly own: readonly OwnFile[]
  outcome(version: number): Outcome
}

/** A file by its URI-encoded path, as actions name it. */
export type OwnFile = Pick<AddFile, 'path'>

/** After so many lost races the table is busier than this writer is fast. */
const maxAttempts = 25

/** Prepares and publishes. Whatever stops it before the commit leaves the table as it was, and at most files nobody names. */
export async function transact<Outcome>(context: TableContext, operation: Operation<Outcome>): Promise<Outcome> {
  checkTransaction(operation.txn)
  using _files = context.store.hold()
  let conflict = ''
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const base = await refresh(context)
    if (isCommitted(base, operation.txn)) {
      await operation.abandon?.()
      return operation.unchanged(base, true)
    }
    const staged = await operation.stage(base).catch(async (cause: unknown) => {
      await operation.abandon?.()
      throw cause
    })
    if (staged === undefined) {
      await operation.abandon?.()
      return operation.unchanged(base, false)
    }
    const outcome = await publish(context, base, actionsOf(context, base, staged, operation.txn), {
      reads: staged.reads,
      removes: new Set(staged.actions.flatMap(({ remove }) => (remove === undefined ? [] : [keyOf(remove, context.root)]))),
      txnAppId: operation.txn?.appId,
      shape: shapeOf(base),
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
    `The commit lost ${maxAttempts} races: ${conflict}.`,
    'Try again when the table is less busy, or let one writer at a time replace rows.',
    { conflict },
  )
}

/** Throws `transaction.invalid` for what another engine, or we ourselves, would read back as another number. */
function checkTransaction(txn: Operation<unknown>['txn']): void {
  if (txn === undefined || (Number.isSafeInteger(txn.version) && txn.version >= 0)) return
  throw new DeltaError(
    'transaction.invalid',
    `The version ${txn.version} of the transaction ${txn.appId} is not a whole number from 0 to 2^53 - 1.`,
    'Count the writes of the application.',
    { appId: txn.appId, version: txn.version },
  )
}

function isCommitted(base: CompleteState, txn: Operation<unknown>['txn']): boolean {
  return txn !== undefined && (base.transactions.get(txn.appId)?.version ?? -1) >= txn.version
}

function actionsOf<Outcome>(context: TableContext, base: CompleteState, staged: Staged<Outcome>, txn: Operation<Outcome>['txn']): Action[] {
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
  return [{ commitInfo }, ...(txn === undefined ? [] : [{ txn: { ...txn, lastUpdated: nowMs } }]), ...staged.actions]
}

/** Files that no commit names: harmless, so failing to delete them is too. */
export async function discard({ store }: TableContext, files: readonly OwnFile[] = []): Promise<void> {
  await Promise.all(files.map((file) => store.delete(decodePath(file.path)).catch(() => undefined)))
}
