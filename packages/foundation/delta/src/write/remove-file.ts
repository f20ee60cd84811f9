import type { AddFile, RemoveFile } from '../protocol/actions.ts'

/** What takes a file out of the table. */
export function removeOf(file: AddFile, nowMs: number): RemoveFile {
  return {
    path: file.path,
    deletionTimestamp: nowMs,
    dataChange: true,
    extendedFileMetadata: true,
    partitionValues: file.partitionValues,
    size: file.size,
    ...(file.deletionVector === undefined ? {} : { deletionVector: file.deletionVector }),
  }
}
