import type { AddFile, RemoveFile } from '../protocol/actions.ts'

/** The action that removes a file from the table. */
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
