/** What a name in a file means: a module or another file of the workspace, a package of others, or neither. */
import { posix } from 'node:path'
import type { Named } from '../imports.ts'
import { entryOf, type Member } from './members.ts'

export type Meant =
  /** Relative to the root. */
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'package'; readonly name: string }
  /** A module of Node, an address, the folder of the whole installation. */
  | { readonly kind: 'elsewhere' }

/** @param file relative to the root */
export function meantBy({ name, isBeside }: Pick<Named, 'name' | 'isBeside'>, file: string, members: readonly Member[]): Meant {
  if (name.startsWith('.') || isBeside) {
    const found = posix.join(posix.dirname(file), name)
    return found === '.' || found.startsWith('..') ? { kind: 'elsewhere' } : { kind: 'file', file: found.replace(/\/$/, '') }
  }
  const entry = entryOf(members, name)
  if (entry !== undefined) return { kind: 'file', file: entry }
  const packageName = /^(?:@[a-z0-9._-]+\/)?[a-z0-9][a-z0-9._-]*(?=\/|$)/.exec(name)?.[0]
  return packageName === undefined || name.includes(':') ? { kind: 'elsewhere' } : { kind: 'package', name: packageName }
}
