import { refresh, type TableContext } from '../context.ts'
import { cleansUp, cleanUpLog } from '../log/cleanup.ts'
import { keepsCommitTime, withCommitTime } from '../log/in-commit-time.ts'
import { commitTimes, readCommit } from '../log/log.ts'
import { type CompleteState, complete, replay } from '../log/replay.ts'
import { commitPath } from '../log/segment.ts'
import { writeCheckpoint } from '../log/write-checkpoint.ts'
import { type Action, serializeCommit } from '../protocol/actions.ts'
import { count } from '../protocol/property-values.ts'
import { conflictWith, type Pending } from './conflict.ts'

export type Outcome = { readonly version: number } | { readonly conflict: string }

/**
 * Publishes actions as the next version. The atomic creation of the commit file is the commit. A writer that loses the race reads the
 * winner's commit. If nothing that it read has changed, it takes the next version. Otherwise it gives up with the reason and has published
 * nothing. When commits keep their time, the time of the loser is later than that of the winner.
 */
export async function publish(context: TableContext, base: CompleteState, actions: readonly Action[], pending: Pending): Promise<Outcome> {
  const isTimed = [base.metadata, ...actions.map(({ metaData }) => metaData)].some((each) => each !== undefined && keepsCommitTime(each))
  for (let version = base.version + 1; ; version++) {
    const previousMs = isTimed
      ? ((await commitTimes(context.store, [version - 1], keepsCommitTime(base.metadata)))[0]?.timestampMs ?? 0)
      : 0
    const timed = withCommitTime(actions, { metadata: base.metadata, version, previousMs, nowMs: context.now() })
    if (await context.store.putIfAbsent(commitPath(version), serializeCommit(timed))) {
      if (version === base.version + 1) context.latest = complete(replay(base, [{ version, actions: timed }], context.root))
      return { version }
    }
    const conflict = conflictWith(await readCommit(context.store, version), pending, context.root)
    if (conflict !== undefined) return { conflict }
  }
}

const defaultInterval = 10

function intervalOf({ metadata }: CompleteState): number {
  return count(metadata.configuration, 'delta.checkpointInterval', defaultInterval)
}

/** Writes a checkpoint if one is due at this version, and then cleans up the log. A failure here does not affect the commit. */
export async function checkpointIfDue(context: TableContext, version: number): Promise<void> {
  try {
    const { latest } = context
    if (latest !== undefined && latest.version >= version && version % intervalOf(latest) !== 0) return
    const state = await refresh(context)
    if (version % intervalOf(state) !== 0 || state.version < version) return
    await writeCheckpoint(context.connection, context.store, state, context.now())
    if (cleansUp(state)) await cleanUpLog(context.store, state, context.now())
  } catch (error) {
    context.onWarning(error)
  }
}
