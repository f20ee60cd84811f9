import { type AttemptScope, currentAttempt } from './attempt-scope.ts'

/** What attempts have put in the place of properties that all of a process use. */
const replaced = new WeakMap<AttemptScope, Map<unknown, unknown>>()

/**
 * From now on `of[name]` is `shared`, and what the code of an attempt puts in its place is seen by that attempt alone: a task that mutes
 * `console.log` or collects what is written to `process.stdout` would take it from all that run beside it, and for good. Outside of
 * attempts an assignment is seen by all.
 */
export function ownProperty<T extends object, K extends keyof T>(of: T, name: K, shared: T[K]): void {
  let value = shared
  const key = {}
  const own = (): Map<unknown, unknown> | undefined => {
    const attempt = currentAttempt.getStore()
    if (attempt === undefined) return undefined
    const known = replaced.get(attempt) ?? new Map<unknown, unknown>()
    replaced.set(attempt, known)
    return known
  }
  Object.defineProperty(of, name, {
    configurable: true,
    enumerable: true,
    get: () => {
      const attempt = currentAttempt.getStore()
      const mine = attempt === undefined ? undefined : replaced.get(attempt)
      return mine?.has(key) === true ? mine.get(key) : value
    },
    set: (given: T[K]) => {
      const mine = own()
      if (mine === undefined) value = given
      else mine.set(key, given)
    },
  })
}
