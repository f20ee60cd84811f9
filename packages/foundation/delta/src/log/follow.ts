import type { LogStore } from '../store/store.ts'
import { readCommit } from './log.ts'
import { type CompleteState, complete, replay } from './replay.ts'
import { commitPath } from './segment.ts'

/** Up to this many new commits are followed one by one. For more, a listing is cheaper. */
const most = 8

/**
 * The newest state, reached from a recent state without a listing, whose cost grows with the length of the log. `undefined` when a listing
 * is needed: the log was cleaned up or replaced, or it has many new commits.
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
