import type { LogStore } from '../store/store.ts'
import { readCommit } from './log.ts'
import { type CompleteState, complete, replay } from './replay.ts'
import { commitPath } from './segment.ts'

/** Commits of others that are followed one by one; a listing is cheaper for more. */
const most = 8

/**
 * The newest state, from one that was newest lately, without listing the log, whose cost grows with its length. `undefined` when that cannot be told:
 * the log was cleaned up past it or made anew, or has gone far ahead.
 */
export async function follow(store: LogStore, known: CompleteState): Promise<CompleteState | undefined> {
  const there = async (version: number) => (await store.stat(commitPath(version))) !== undefined
  const [own, next] = await Promise.all([there(known.version), there(known.version + 1)])
  if (!own) return undefined
  let state = known
  for (let more = next; more; more = await there(state.version + 1)) {
    const version = state.version + 1
    if (version > known.version + most) return undefined
    state = complete(replay(state, [{ version, actions: await readCommit(store, version) }], store.root))
  }
  return state
}
