import type { FileSource, Pull } from '@sluice/author'
import { type BatchWrite, given, type Json, type SinkReceipt } from '@sluice/core'
import { type Lake, replacedReason } from '@sluice/lake'
import type { FolderLook } from './look-at-folder.ts'
import type { MovedTo } from './moves.ts'
import { generationAfter, type KnownFile } from './plan.ts'
import { removeFiles } from './remove-files.ts'

export interface MoveFiles {
  readonly lake: Lake
  readonly pull: Pull & { readonly from: FileSource }
  readonly write: Omit<BatchWrite, 'batch' | 'generation' | 'file'>
  /** How often the task was cleared in its run. */
  readonly cleared: number
}

/**
 * Tells the batches of files that were moved under which paths their files are, and takes those away whose paths they have taken: in one
 * commit, or before it, since two batches must not stand under one path.
 */
export async function moveFiles(
  of: MoveFiles,
  { moved, replaced }: Pick<FolderLook, 'moved' | 'replaced'>,
): Promise<readonly SinkReceipt[]> {
  if (moved.length === 0) return []
  const { lake, pull } = of
  const going = replaced.map((file) => removalOf(of, file))
  const isKeyed = pull.into.key.length > 0
  const gone = isKeyed ? await removeFiles(lake, pull, going, replacedReason) : []
  using batches = await lake.batches(pull.into.name, [...(isKeyed ? [] : going), ...moved.map((file) => moveOf(of, file))])
  return [...gone, ...(await batches.move()).receipts.values()]
}

/** Takes the rows of a file away. */
export const removalOf = ({ pull, write }: Pick<MoveFiles, 'pull' | 'write'>, file: KnownFile): BatchWrite => ({
  ...write,
  batch: file.batch,
  generation: generationAfter(file),
  file: {
    source: pull.from.name,
    path: file.path,
    bytes: file.bytes,
    modified: file.modified,
    hash: file.hash,
    ...given({ mark: file.mark, first: file.first }),
  },
})

function moveOf({ pull, write, cleared }: MoveFiles, { listed, known }: MovedTo): BatchWrite {
  const { path: from, first = from, hash, declared, drift, rowsIn, rowsWritten, rowsQuarantined } = known
  return {
    ...write,
    logicalTime: pull.into.key.length > 0 ? known.logicalTime : write.logicalTime,
    batch: known.batch,
    generation: generationAfter(known),
    file: {
      source: pull.from.name,
      path: listed.path,
      bytes: listed.bytes,
      modified: listed.modified,
      hash,
      first,
      moved: { from, rowsIn, rowsWritten, rowsQuarantined },
      ...given({
        mark: listed.mark,
        declared,
        drift: drift === undefined ? undefined : (JSON.parse(drift) as readonly Json[]),
        cleared: cleared === 0 ? undefined : cleared,
      }),
    },
  }
}
