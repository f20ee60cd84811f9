import { type BatchWrite, type SinkReceipt, SluiceError } from '@sluice/core'
import { isOfData, isOutOfMemory } from '@sluice/duckdb'
import { fileErrors } from '@sluice/sources'
import { type Folder, type FolderEntry, isSameFile } from '@sluice/sources/folder'

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

const writtenTo = 'it was written to while it was read'

/** Why what was read of a file does not count: it is not the one that was listed any more. */
export async function whyLeft(listed: FolderEntry, folder: Folder): Promise<string | undefined> {
  const now = await folder.look(listed.path)
  if (now === undefined) return 'it is not there any more'
  return isSameFile(now, listed) ? undefined : writtenTo
}

const isOurs = (thrown: unknown): thrown is SluiceError => thrown instanceof SluiceError && /^(?:file|quality)\./.test(thrown.code)

/** A disk that gives no more of a file that was opened. Sockets have other codes. */
const isOfReading = (thrown: unknown): thrown is Error =>
  thrown instanceof Error &&
  'code' in thrown &&
  'syscall' in thrown &&
  thrown.syscall === 'read' &&
  /^(?:EIO|EISDIR|ENXIO|ESTALE)$/.test(String(thrown.code))

/** Whether an error may come from what a file is, or has become while it was read: of a reader, of the system or of DuckDB. */
export const mayBeOfFile = (thrown: unknown): boolean =>
  isOurs(thrown) ||
  isOfData(thrown) ||
  isOutOfMemory(thrown) ||
  isOfReading(thrown) ||
  (thrown instanceof Error && thrown.message.startsWith('IO Error: '))

/**
 * Of a fault that is the file's. What goes wrong with one that is not what was listed any more says nothing of it: it is left for the next
 * pull. @throws what is not of the file
 */
export async function endOf(listed: FolderEntry, thrown: unknown, folder: Folder): Promise<FileEnd> {
  if (!mayBeOfFile(thrown)) throw thrown
  const left = (await whyLeft(listed, folder)) ?? (fileErrors.changed.is(thrown) ? writtenTo : undefined)
  if (left !== undefined) return { listed, left }
  if (isOurs(thrown)) return { listed, error: thrown }
  if (isOfReading(thrown)) {
    return {
      listed,
      error: fileErrors.unreadable(`${listed.path}: it cannot be read to its end: ${thrown.message}`, {
        cause: thrown,
        facts: { file: listed.path },
        next: 'Look whether its disk is sound and there, and pull again.',
      }),
    }
  }
  if (isOutOfMemory(thrown)) {
    return {
      listed,
      error: fileErrors.limit(`${listed.path}: it wants more memory than DuckDB may take`, {
        cause: thrown,
        facts: { file: listed.path, bytes: listed.bytes },
        next: 'Take it apart into files of fewer columns or rows, or give the platform more memory.',
      }),
    }
  }
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
