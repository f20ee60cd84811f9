import { refused } from './faults.ts'

/** @throws `definition.invalid` for text that cannot name a step, a pipeline, a group or a pool. */
export function named(what: string, name: unknown): string {
  if (typeof name === 'string' && /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/.test(name)) return name
  if (name === undefined) throw refused(what, 'it has no name', "Give it one: { name: '...' }.")
  throw refused(
    `${what} "${String(name)}"`,
    'this is not a name',
    'Use letters, digits, underscores, points and hyphens, 200 of them at most.',
  )
}
