import type { FileFormat } from '@sluice/author'
import type { FileAtHand, Reader } from '@sluice/sources/files'

/** Who reads a file. */
export interface ReaderOfFile {
  readonly reader: Reader
  readonly format: FileFormat
}

/** By the format that its source declares, or by what the file looks like. */
export async function readerOfFile(file: FileAtHand, declared: FileFormat | undefined): Promise<ReaderOfFile> {
  const { readerOf, recognise } = await import('@sluice/sources/files')
  const format = declared ?? (await recognise(file))
  return { reader: await readerOf(format.kind), format }
}
