import { type BatchWrite, type SinkReceipt, SluiceError } from '@sluice/core'
import { isOfData } from '@sluice/duckdb'
import { fileErrors } from '@sluice/sources'
import type { Folder, FolderEntry } from '@sluice/sources/folder'

/** A file that is to be read, and the write of its batch. */
export interface FileToWrite {
  readonly listed: FolderEntry
  readonly write: BatchWrite
  /** The path under which its batch began, of a file that was moved since. */
  readonly first?: string
}

/** What has become of a file. */
export type FileEnd =
  | { readonly listed: FolderEntry; readonly receipt: SinkReceipt }
  /** Nothing of it was written. */
  | { readonly listed: FolderEntry; readonly error: SluiceError }
  /** It is left for the next pull. */
  | { readonly listed: FolderEntry; readonly left: string }

/** Of two pulls at once one has written the batch, and the other is answered with its receipt. */
export const writtenEnd = (listed: FolderEntry, receipt: SinkReceipt, files: readonly FileToWrite[]): FileEnd =>
  files.some(({ write }) => write.batch === receipt.batch && write.run === receipt.run)
    ? { listed, receipt }
    : { listed, left: 'another pull has taken it' }

/** Of a fault that is the file's. @throws what is not */
export async function endOf(listed: FolderEntry, thrown: unknown, folder: Folder): Promise<FileEnd> {
  if (fileErrors.changed.is(thrown)) return { listed, left: 'it was written to while it was read' }
  if (fileErrors.missing.is(thrown) && (await folder.look(listed.path)) === undefined) return { listed, left: 'it is not there any more' }
  if (thrown instanceof SluiceError && /^(?:file|quality)\./.test(thrown.code)) return { listed, error: thrown }
  if (!isOfData(thrown)) throw thrown
  const [, what = String(thrown)] = /^(?:.*?Error: )?([\s\S]*)$/.exec((thrown as Error).message) ?? []
  return {
    listed,
    error: fileErrors.damaged(`${listed.path}: it cannot be read: ${what}`, {
      cause: thrown,
      facts: { file: listed.path },
      next: 'Look at it (sluice sources sniff FILE), and put it right or declare its format.',
    }),
  }
}
