import { refresh, type TableContext } from '../context.ts'
import { type Action, propertyOf, serializeCommit } from '../log/actions.ts'
import { readCommit } from '../log/log.ts'
import { type CompleteState, complete, replay } from '../log/replay.ts'
import { commitPath } from '../log/segment.ts'
import { writeCheckpoint } from '../log/write-checkpoint.ts'
import { conflictWith, type Pending } from './conflict.ts'

export type Outcome = { readonly version: number } | { readonly conflict: string }

/**
 * Publishes actions as the next version. The atomic creation of the commit file is the commit: whoever loses the race reads the winner and
 * either takes the next number (nothing it has read was changed) or gives up with the reason, having published nothing.
 */
export async function publish(context: TableContext, base: CompleteState, actions: readonly Action[], pending: Pending): Promise<Outcome> {
  const text = serializeCommit(actions)
  for (let version = base.version + 1; ; version++) {
    if (await context.store.putIfAbsent(commitPath(version), text)) {
      if (version === base.version + 1) context.latest = complete(replay(base, [{ version, actions }], context.root))
      return { version }
    }
    const conflict = conflictWith(await readCommit(context.store, version), pending, context.root)
    if (conflict !== undefined) return { conflict }
  }
}

const defaultInterval = 10

/** Writes the checkpoint that is due at this version, if one is. The commit stands whatever happens here. */
export async function checkpointIfDue(context: TableContext, version: number): Promise<void> {
  try {
    const state = await refresh(context)
    const interval = Number(propertyOf(state.metadata, 'delta.checkpointInterval') ?? defaultInterval)
    if (!(interval > 0) || version % interval !== 0 || state.version < version) return
    await writeCheckpoint(context.connection, context.store, state, context.now())
  } catch (error) {
    context.onWarning(error)
  }
}
