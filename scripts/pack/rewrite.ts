/** The text of a file as it ships: names of the workspace become paths within the published package. */
import { posix } from 'node:path'
import { namesIn } from '../imports.ts'
import type { Member } from './members.ts'
import { meantBy } from './resolve.ts'

export interface RewriteOptions {
  readonly members: readonly Member[]
  /** Relative to the root: whose text it is. */
  readonly file: string
  /** Where a file of the workspace stands in the package. */
  readonly placeOf: (file: string) => string
}

/** No line moves: what a stack names and what a source map says stay true. */
export function rewritten(text: string, { members, file, placeOf }: RewriteOptions): string {
  const folder = posix.dirname(placeOf(file))
  let [out, done] = ['', 0]
  for (const named of namesIn(text)) {
    const meant = meantBy(named, file, members)
    if (meant.kind !== 'file') continue
    const path = posix.relative(folder, placeOf(meant.file))
    const name = named.isBeside || path.startsWith('.') ? path : `./${path}`
    out += text.slice(done, named.at) + name
    done = named.at + named.name.length
  }
  return out + text.slice(done)
}
