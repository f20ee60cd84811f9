import { DeltaError } from '../errors.ts'
import type { ByteRange, FileFacts } from './store.ts'

export interface FoundObject extends FileFacts {
  readonly key: string
}

/** What an object store has to offer for a table: whole objects under keys, created on condition, listed at once after they were written. */
export interface Bucket {
  /** For messages: `s3://name/prefix`. */
  readonly name: string
  /** All objects whose key begins with the prefix; with `shallow` those without a further `/`. */
  list(prefix: string, shallow: boolean): Promise<FoundObject[]>
  /** Names of what has a further `/` right behind the prefix: the folders that a disk would show there. */
  folders(prefix: string): Promise<string[]>
  head(key: string): Promise<FileFacts | undefined>
  /** Bytes, fewer than asked for at the object's end; `undefined` when it does not exist. */
  get(key: string, range?: ByteRange): Promise<Uint8Array | undefined>
  put(key: string, body: Uint8Array): Promise<void>
  /** Creates the object unless it exists. `unclear`: it exists, and an earlier try of this very call may have made it. */
  create(key: string, body: Uint8Array): Promise<Creation>
  /** A file of any size, in parts, whole or not at all. */
  upload(key: string, file: string, size: number, condition: 'always' | 'absent'): Promise<Creation>
  delete(key: string): Promise<void>
}

export type Creation = 'created' | 'exists' | 'unclear'

/** A path of a table as a key. Refuses what would leave the table's prefix, and what no URL can carry. */
export function keyUnder(prefix: string, path: string): string {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.')
  if (segments.includes('..') || path.startsWith('/')) {
    throw new DeltaError(
      'store.failed',
      `The path ${path} leads out of the table.`,
      'Repair the log: it names a file that is not the table’s.',
      {
        path,
      },
    )
  }
  return prefix + segments.join('/')
}

/** `a/b` and `/a/b/` are one prefix, `a/b/`; none is none. */
export function prefixOf(text = ''): string {
  const bare = text.replace(/^\/+|\/+$/g, '')
  return bare === '' ? '' : `${keyUnder('', bare)}/`
}
