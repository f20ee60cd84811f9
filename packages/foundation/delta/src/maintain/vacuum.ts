import { refresh, type TableContext } from '../context.ts'
import { listLog, readCommit } from '../log/log.ts'
import type { CompleteState } from '../log/replay.ts'
import type { RemoveFile } from '../protocol/actions.ts'
import { checkWritable } from '../protocol/writable.ts'
import { shapeOf } from '../read/snapshot.ts'
import { transact } from '../write/transaction.ts'
import { isRecent, planVacuum, promisedMs, protectionOf, retentionMsOf, type VacuumOptions } from './vacuum-plan.ts'

export interface VacuumResult {
  /** The version of the table whose files were kept. */
  readonly version: number
  /** Sorted paths, relative to the root. */
  readonly deleted: readonly string[]
  readonly bytes: number
  readonly dryRun: boolean
  readonly retentionHours: number
}

/**
 * Deletes the files under the root that no version within the retention needs. It deletes only files of a listing. So it finds the files
 * that a crashed writer left and no log names, and no path in the log can lead it out of the root. The protocol is checked first, with or
 * without the feature `vacuumProtocolCheck`, because unknown rules may protect files in unknown ways.
 */
export async function vacuum(context: TableContext, options: VacuumOptions = {}): Promise<VacuumResult> {
  const { store, root } = context
  const { dryRun = false, log = false } = options
  const nowMs = context.now()
  // Listed before the log is read, so that files that are committed later are not in the listing.
  const found = await store.walk('')
  const state = await refresh(context)
  checkWritable(state.protocol, state.metadata, shapeOf(state).schema)
  const retention = retentionMsOf(options, state.metadata.configuration)
  const cutoffMs = nowMs - retention
  const tombstones = [...state.tombstones.values(), ...(await forgotten(context, state, retention))].filter((r) => isRecent(r, cutoffMs))
  const doomed = planVacuum(found, protectionOf(concat(state.files.values(), tombstones), root), cutoffMs, nowMs)
  const bytes = doomed.reduce((sum, file) => sum + file.size, 0)
  if (!dryRun) {
    if (log)
      await note(
        context,
        'VACUUM START',
        { retentionCheckEnabled: options.allowShortRetention !== true, specifiedRetentionMillis: retention },
        {
          numFilesToDelete: String(doomed.length),
          sizeOfDataToDelete: String(bytes),
        },
      )
    for (let from = 0; from < doomed.length; from += 64)
      await Promise.all(doomed.slice(from, from + 64).map(({ path }) => store.delete(path)))
    if (log) await note(context, 'VACUUM END', { status: 'COMPLETED' }, { numDeletedFiles: String(doomed.length) })
  }
  return { version: state.version, deleted: doomed.map(({ path }) => path), bytes, dryRun, retentionHours: retention / 3_600_000 }
}

function* concat<A, B>(first: Iterable<A>, second: Iterable<B>): Generator<A | B> {
  yield* first
  yield* second
}

/** Checkpoints drop tombstones after the table's own retention. For a longer retention the existing commits are read too. */
async function forgotten(context: TableContext, state: CompleteState, retentionMs: number): Promise<RemoveFile[]> {
  if (retentionMs <= promisedMs(state.metadata.configuration)) return []
  const removes: RemoveFile[] = []
  for (const version of (await listLog(context.store)).commits)
    for (const { remove } of await readCommit(context.store, version)) if (remove !== undefined) removes.push(remove)
  return removes
}

/** A commit that does not change the table. */
async function note(
  context: TableContext,
  operation: string,
  parameters: Readonly<Record<string, unknown>>,
  metrics: Readonly<Record<string, string>>,
): Promise<void> {
  await transact<void>(context, {
    unchanged: () => undefined,
    stage: () =>
      Promise.resolve({
        actions: [],
        reads: { kind: 'nothing' },
        operation,
        parameters,
        metrics,
        own: [],
        outcome: () => undefined,
      }),
  })
}
