import type { FileFormat } from '@sluice/author'
import { fileErrors } from '../errors.ts'
import type { Reader } from './reader.ts'
import { readers } from './readers.ts'

/** The reader of a kind of format. @throws `file.unsupported` for a kind that nothing reads */
export async function readerOf(kind: FileFormat['kind']): Promise<Reader> {
  const load = (readers as Readonly<Partial<Record<FileFormat['kind'], () => Promise<unknown>>>>)[kind]
  if (load !== undefined) return (await load()) as Reader
  throw fileErrors.unsupported(`files of the format ${kind} are not read yet`, {
    facts: { kind },
    next: `Formats that are: ${Object.keys(readers).join(', ')}.`,
  })
}
