import { isUtf8 } from 'node:buffer'
import { writeFile } from 'node:fs/promises'
import { type BatchWrite, inputErrors, type SinkReceipt } from '@sluice/core'
import type { LakeDataset } from '../dataset.ts'
import { contentColumn, holdsText } from './formats.ts'
import type { MediaType } from './manifest.ts'
import { writeGold } from './write.ts'

/** Endings by which people's programs know a file. */
const endings: Readonly<Record<string, string>> = {
  'text/plain': 'txt',
  'text/markdown': 'md',
  'text/html': 'html',
  'text/csv': 'csv',
  'application/json': 'json',
  'application/pdf': 'pdf',
  'image/svg+xml': 'svg',
  'image/png': 'png',
}

/**
 * Puts one file as it is, as one batch, once: see `writeGold`. Its one row is the file. @throws `input.invalid` for bytes that are not text
 * under a type of text.
 */
export const putGold = (
  dataset: LakeDataset,
  write: BatchWrite,
  { content, type }: { readonly content: string | Uint8Array; readonly type: MediaType },
  now: () => number,
): Promise<SinkReceipt> =>
  writeGold(dataset, write, now, async (path) => {
    if (holdsText(type) && typeof content !== 'string' && !isUtf8(content)) {
      throw inputErrors.invalid(`What was put into ${write.dataset} as ${type} is not UTF-8`, {
        facts: { dataset: write.dataset, type },
        next: 'Encode it as UTF-8, or declare the dataset with a type of bytes, such as application/octet-stream.',
      })
    }
    await writeFile(path, content)
    return { ending: endings[type] ?? 'bin', format: type, rows: 1, columns: [contentColumn(type)], sources: [] }
  })
