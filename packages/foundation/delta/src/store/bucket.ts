import { DeltaError } from '../errors.ts'
import type { ByteRange, FileFacts } from './store.ts'

export interface FoundObject extends FileFacts {
  readonly key: string
}

/**
 * What a table needs from an object store: whole objects under keys, conditional creation, and listings that show an object as soon as it
 * is written.
 */
export interface Bucket {
  /** The name in messages: `s3://name/prefix`. */
  readonly name: string
  /** All objects whose key begins with the prefix. With `shallow` only those without a further `/`. */
  list(prefix: string, shallow: boolean): Promise<FoundObject[]>
  /** The names between the prefix and the next `/`: what a disk would show as folders. */
  folders(prefix: string): Promise<string[]>
  head(key: string): Promise<FileFacts | undefined>
  /** The bytes of a range, fewer at the end of the object. `undefined` when the object does not exist. */
  get(key: string, range?: ByteRange): Promise<Uint8Array | undefined>
  put(key: string, body: Uint8Array): Promise<void>
  /** Creates the object unless it exists. `unclear` means that it exists and that an earlier try of this call may have created it. */
  create(key: string, body: Uint8Array): Promise<Creation>
  /** Uploads a file of any size in parts. Either the whole object appears or nothing. */
  upload(key: string, file: string, size: number, condition: 'always' | 'absent'): Promise<Creation>
  delete(key: string): Promise<void>
}

export type Creation = 'created' | 'exists' | 'unclear'

/** The key for a path of a table. Refuses a path that leaves the table's prefix. */
export function keyUnder(prefix: string, path: string): string {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.')
  if (segments.includes('..') || path.startsWith('/')) {
    throw new DeltaError(
      'store.failed',
      `The path ${path} leads out of the table.`,
      'Repair the log: it names a file outside of the table.',
      {
        path,
      },
    )
  }
  return prefix + segments.join('/')
}

/** `a/b` and `/a/b/` give the prefix `a/b/`. An empty text gives an empty prefix. */
export function prefixOf(text = ''): string {
  const bare = text.replace(/^\/+|\/+$/g, '')
  return bare === '' ? '' : `${keyUnder('', bare)}/`
}
