import { exactJson } from '@sluice/core'

/** What stands at a path of keys; `undefined` where it leads nowhere. */
export function valueAt(value: unknown, keys: readonly string[]): unknown {
  let at = value
  for (const key of keys) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
    at = Reflect.get(at, key)
  }
  return at
}

/** The keys of a path such as `$.meta.next`, which the declaration has checked. */
export const keysOf = (path: string): readonly string[] =>
  [...path.matchAll(/\.(?:([A-Za-z_][A-Za-z0-9_]*)|"([^"]+)")/g)].map(([, plain, quoted]) => plain ?? quoted ?? '')

/** Whether JavaScript may have rounded a whole number: the text of the answer says it exactly. */
export const mayBeRounded = (value: unknown): boolean => Number.isInteger(value) && !Number.isSafeInteger(value)

/**
 * A value as text. Where JavaScript may have rounded a number, it is taken from the text of the answer: an id of 19 digits stays what
 * it is.
 */
export function textAt(body: unknown, text: string, keys: readonly string[]): string | undefined {
  const value = valueAt(body, keys)
  const exact = mayBeRounded(value) ? valueAt(exactJson(text), keys) : value
  return typeof exact === 'string' || typeof exact === 'number' || typeof exact === 'boolean' ? String(exact) : undefined
}
