import type { Instant } from '@sluice/core'
import type { ListingPlan } from './plan-listing.ts'

/** A file of a folder, as it was seen. */
export interface FolderEntry {
  /** Below the folder, with `/`. */
  readonly path: string
  readonly bytes: number
  /** When it was last written to, by the clock of where it lies. */
  readonly modified: Instant
  /** Of a file on a disk: when anything of it last changed, which no program can set back. */
  readonly touched?: Instant
  /** What tells one content from another of the same size and time, where the listing has it. */
  readonly mark?: string
}

/** What a listing does not take although the pattern does. */
export interface OddEntry {
  /** Its name as a message can show it: what does not print is escaped. */
  readonly path: string
  readonly why:
    | 'its name is not UTF-8'
    | 'its name holds control characters'
    | 'its name begins with a byte order mark'
    | 'it is a link that leads out of the folder'
    | 'it is a link to nothing'
    | 'it is a link to a folder'
    | 'it is not a file'
}

/** Where the files of a source lie. */
export interface Folder {
  /** As it is called in messages. */
  readonly name: string
  /**
   * The files that a plan takes, as they are found, in no order. A file that goes meanwhile is left out. @throws `file.missing`,
   * `file.unreadable`: a folder that is not there, or cannot be read, is not an empty one
   */
  list(plan: ListingPlan, tell: (odd: OddEntry) => void): AsyncGenerator<FolderEntry, void, undefined>
  /** The file as it is now; `undefined` where it is gone. */
  look(path: string): Promise<FolderEntry | undefined>
  /** Its bytes. @throws `file.missing`, `file.unreadable` */
  read(path: string): AsyncIterable<Uint8Array>
  /** The absolute path at which it lies on a disk of this machine; `undefined` where it does not. @throws `file.missing` */
  whereOnDisk(path: string): Promise<string | undefined>
}

/** Names as a person can read them in one line. */
export const printable = (name: string): string =>
  name.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)

/** Why a path below the folder is not taken. DuckDB drops a mark that a text begins with: such a file is never found again. */
export function faultOfName(path: string): OddEntry['why'] | undefined {
  if (/\p{Cc}/u.test(path)) return 'its name holds control characters'
  return path.startsWith('\uFEFF') ? 'its name begins with a byte order mark' : undefined
}
