import { refresh, type TableContext } from '../context.ts'
import { listLog, readCommit } from '../log/log.ts'
import type { CompleteState } from '../log/replay.ts'
import type { RemoveFile } from '../protocol/actions.ts'
import { checkWritable } from '../protocol/writable.ts'
import { shapeOf } from '../read/snapshot.ts'
import { transact } from '../write/transaction.ts'
import { isRecent, planVacuum, promisedMs, protectionOf, retentionMsOf, type VacuumOptions } from './vacuum-plan.ts'

export interface VacuumResult {
  /** Version of the table whose files were kept. */
  readonly version: number
  /** Paths relative to the root, sorted. */
  readonly deleted: readonly string[]
  readonly bytes: number
  readonly dryRun: boolean
  readonly retentionHours: number
}

/**
 * Deletes the files under the root that no version within the retention needs. The listing decides what there is, not the log: a writer that
 * died left files no log names. Only listed files are deleted, so that no path in the log leads out of the root. The protocol is checked before,
 * whether or not the table has the feature `vacuumProtocolCheck`: a table whose rules are unknown may need files in ways unknown.
 */
export async function vacuum(context: TableContext, options: VacuumOptions = {}): Promise<VacuumResult> {
  const { store, root } = context
  const { dryRun = false, log = false } = options
  const nowMs = context.now()
  // Listed first: what is written and committed after the listing is not in it.
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

/** Checkpoints drop tombstones after the table's own retention; a longer one has to ask the commits that are still there. */
async function forgotten(context: TableContext, state: CompleteState, retentionMs: number): Promise<RemoveFile[]> {
  if (retentionMs <= promisedMs(state.metadata.configuration)) return []
  const removes: RemoveFile[] = []
  for (const version of (await listLog(context.store)).commits)
    for (const { remove } of await readCommit(context.store, version)) if (remove !== undefined) removes.push(remove)
  return removes
}

/** A commit without any change of the table. */
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
