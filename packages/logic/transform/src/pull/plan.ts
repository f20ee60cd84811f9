import type { FileSource } from '@sluice/author'
import { type FileFact, type FileIdentity, fileBatchId, type Instant, type SluiceError } from '@sluice/core'
import { fileErrors } from '@sluice/sources'
import type { FolderEntry } from '@sluice/sources/folder'

/** What the newest receipt of a dataset says of a file. */
export interface KnownFile extends Pick<FileFact, 'path' | 'bytes' | 'modified' | 'hash' | 'mark' | 'first' | 'cleared'> {
  readonly batch: string
  readonly generation: number
  readonly run: string
  readonly logicalTime: Instant
  /** Its rows were taken away, since it had vanished. */
  readonly gone: boolean
  readonly rowsIn: number
  readonly rowsWritten: number
  readonly rowsQuarantined: number
  /** By what its columns were read, and the events of its columns, JSON. */
  readonly declared?: string
  readonly drift?: string
}

/** Who asks. */
export interface Asking {
  readonly run: string
  /** How often the task was cleared in its run. */
  readonly cleared: number
  /** Files that are read again whatever is known of them, by their paths. */
  readonly again: ReadonlySet<string>
  /** Drift, as receipts tell it, that the declaration of now reads otherwise: by `driftKey`. */
  readonly otherwise: ReadonlySet<string>
}

/**
 * What a file is to a pull. `new`, `changed`, `cleared` (by this run, which was cleared since), `asked` (by its name): it is read.
 * `redeclared`: it is as it was, and its columns are declared otherwise since. `written`: this run has read it, in an attempt before.
 * `unchanged`: another run has. `compare`: its bytes must tell.
 */
export type Look = Take | 'written' | 'unchanged' | 'compare'
export const allTakes = ['new', 'changed', 'cleared', 'asked', 'redeclared'] as const
export type Take = (typeof allTakes)[number]

/** Of two files whose columns have drifted alike, under one declaration, one look tells both. */
export const driftKey = ({ declared = '', drift }: Pick<KnownFile, 'declared' | 'drift'>): string => `${declared} ${drift}`

/** By its name, size, time and mark alone: a file that differs in none of them is the same. One without a mark has its size and time. */
export function lookAt(file: FolderEntry, known: KnownFile | undefined, asking: Asking): Look {
  if (known === undefined || known.gone) return 'new'
  const isOwn = known.run === asking.run
  if (isOwn && (known.cleared ?? 0) < asking.cleared) return 'cleared'
  if (!isOwn && asking.again.has(file.path)) return 'asked'
  const isMarked = file.mark !== undefined && known.mark !== undefined
  if (file.bytes !== known.bytes || file.modified !== known.modified || (isMarked && file.mark !== known.mark)) return 'compare'
  return same(known, asking)
}

function same(known: KnownFile, asking: Asking): Look {
  if (known.run === asking.run) return 'written'
  return asking.otherwise.has(driftKey(known)) ? 'redeclared' : 'unchanged'
}

/** Of a file that was to be compared, by its hash. */
export const compared = (hash: string, known: KnownFile, asking: Asking): Look => (hash !== known.hash ? 'changed' : same(known, asking))

/** The batch of a file of whose path nothing is known: its own, unless that one has moved on with a file that was there before. */
export function batchOfNew(of: FileIdentity, taken: ReadonlySet<string>): string {
  for (let turn = 0; ; turn++) {
    const batch = fileBatchId({ ...of, turn })
    if (!taken.has(batch)) return batch
  }
}

/** The generation of what is read now: each content has its own, and so has each reading that was asked for. */
export const generationAfter = (known: KnownFile | undefined): number => (known === undefined ? 0 : known.generation + 1)

/**
 * A folder whose files have all vanished at once looks as one that is not mounted: the rows of all files would go. That is refused unless
 * the source says that it is meant.
 */
export function refuseEmptied(
  { name, vanished }: Pick<FileSource, 'name' | 'vanished'>,
  folder: string,
  look: { readonly vanished: readonly unknown[]; readonly counts: { readonly found: number } },
): SluiceError | undefined {
  const gone = look.vanished.length
  if (vanished !== 'delete' || gone === 0 || look.counts.found > 0) return undefined
  return fileErrors.emptied(
    `${folder} has no file of ${name} any more: the rows of ${gone === 1 ? '1 file' : `all ${gone} files`} would go`,
    {
      facts: { source: name, folder, vanished: gone },
      next: "Look whether the folder is mounted; the next attempt looks again. Where it may be empty, let the source say so: vanished: 'delete-all'.",
    },
  )
}

/** By name as their characters follow in Unicode, the same on every machine; by age those of one instant by name. */
export const inOrder = (files: readonly FolderEntry[], by: 'name' | 'modified'): readonly FolderEntry[] =>
  files.toSorted((a, b) => (by === 'modified' ? a.modified - b.modified : 0) || byPath(a, b))

export const byPath = (a: { readonly path: string }, b: { readonly path: string }): number =>
  a.path < b.path ? -1 : a.path > b.path ? 1 : 0
