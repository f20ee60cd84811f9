import { long } from '@sluice/core/testing'
import { localStore } from '../store/local.ts'
import type { LogStore } from '../store/store.ts'

/** A machine that dies at its n-th use of something. The n-th use fails before or after it takes effect, and every later use fails. */
export function death(at: number, when: 'before' | 'after') {
  let uses = 0
  const guard =
    <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      uses++
      if (uses > at || (uses === at && when === 'before')) throw new Error('died')
      const result = await work(...args)
      if (uses >= at) throw new Error('died')
      return result
    }
  return { guard, uses: () => uses }
}

/**
 * When the deaths of an operation are tried. Death before one use leaves what death after the use before it left, so the short form tries
 * it for the first operation only.
 */
export function timesOfDeath(index: number): readonly ('before' | 'after')[] {
  return long || index === 0 ? ['before', 'after'] : ['after']
}

/** A process that dies at its n-th use of the disk. */
export function dying(store: LogStore, at: number, when: 'before' | 'after'): { store: LogStore; uses: () => number } {
  const { guard, uses } = death(at, when)
  return { uses, store: mortal(store, guard) }
}

/** The store as a process has it that dies when the guard says so; several stores may share one death. */
export function mortal(store: LogStore, guard: ReturnType<typeof death>['guard']): LogStore {
  return {
    root: store.root,
    list: guard(store.list),
    walk: guard(store.walk),
    readBytes: guard(store.readBytes),
    fetch: guard(store.fetch),
    hold: store.hold,
    stat: guard(store.stat),
    read: guard(store.read),
    putIfAbsent: guard(store.putIfAbsent),
    put: guard(store.put),
    persist: guard(store.persist),
    adopt: guard(store.adopt),
    delete: guard(store.delete),
    makeFolder: guard(store.makeFolder),
  }
}

/** Calls `before` once, just before the first attempt to create a commit. */
export function intercepted(root: string, before: () => Promise<unknown>): LogStore {
  const store = localStore(root)
  let done = false
  return {
    ...store,
    async putIfAbsent(path, text) {
      if (!done) {
        done = true
        await before()
      }
      return await store.putIfAbsent(path, text)
    },
  }
}
