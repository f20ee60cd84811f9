import type { FolderEntry } from '@sluice/sources/folder'
import { byPath, type KnownFile } from './plan.ts'

/** A file that is new under its path, or holds other bytes than before. */
export interface StrangeFile {
  readonly listed: FolderEntry
  /** Of its bytes; left out where the dataset holds nothing of this size that is not at its place any more. */
  readonly hash?: string | undefined
  /** What the dataset has of its path. */
  readonly known: KnownFile | undefined
}

export interface MovedTo {
  readonly listed: FolderEntry
  readonly known: KnownFile
}

/** What has become of batches whose files are not at their places any more. */
export interface Moves {
  /** Their bytes are there under other paths: their rows stay. */
  readonly moved: readonly MovedTo[]
  /** Another file was moved to their paths, and they are nowhere: their rows go, as those of a file that is overwritten. */
  readonly replaced: readonly KnownFile[]
  /** Paths of files that were there before under other bytes, whose rows have moved on: what is there now is new. */
  readonly vacated: ReadonlySet<string>
}

/**
 * Finds files that were moved by their bytes. Each batch goes to one file and each file has one batch; of equal bytes those of one name go
 * together, then by their paths, so that whoever plans finds the same. A file that stays where it was is never asked: its copy is a file
 * of its own. Pure.
 * @param loose batches whose files have vanished or hold other bytes now
 */
export function planMoves(files: readonly StrangeFile[], loose: readonly KnownFile[]): Moves {
  const open = new Map(loose.toSorted(byPath).map((known) => [known.batch, known]))
  const byContent = Map.groupBy(open.values(), contentOf)
  const moved = new Map<string, MovedTo>()
  const pair = (fits: (listed: FolderEntry, known: KnownFile) => boolean): void => {
    for (const { listed, hash } of files.toSorted((a, b) => byPath(a.listed, b.listed))) {
      if (hash === undefined || moved.has(listed.path)) continue
      const known = byContent.get(contentOf({ bytes: listed.bytes, hash }))?.find((each) => open.has(each.batch) && fits(listed, each))
      if (known === undefined) continue
      open.delete(known.batch)
      moved.set(listed.path, { listed, known })
    }
  }
  pair((listed, known) => nameOf(listed.path) === nameOf(known.path))
  pair(() => true)
  const before = files.flatMap(({ listed, known }) => (known === undefined || known.gone ? [] : [{ listed, known }]))
  return {
    moved: [...moved.values()].toSorted((a, b) => byPath(a.listed, b.listed)),
    replaced: before.flatMap(({ listed, known }) => (moved.has(listed.path) && open.has(known.batch) ? [known] : [])),
    vacated: new Set(before.flatMap(({ listed, known }) => (moved.has(listed.path) || open.has(known.batch) ? [] : [listed.path]))),
  }
}

const contentOf = ({ bytes, hash }: Pick<KnownFile, 'bytes' | 'hash'>): string => `${bytes} ${hash}`

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
