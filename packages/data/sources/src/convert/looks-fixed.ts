import type { FileFormat } from '@sluice/author'
import { likelyFields } from '../files/fixed/likely-fields.ts'
import type { FileAtHand, FileColumn } from '../files/reader.ts'
import { beginningOf } from '../files/records/pieces.ts'
import type { KnownFormat } from './format-of.ts'
import { inShell } from './propose.ts'

const mostLines = 1_000

/** What is told of a text that was taken for CSV, and has one column whose cells stand at fixed places. @param path as it was named */
export async function looksFixed(
  file: FileAtHand,
  path: string,
  known: KnownFormat | undefined,
  format: FileFormat,
  columns: readonly FileColumn[],
): Promise<readonly string[]> {
  if (format.kind !== 'csv' || Object.keys(known ?? {}).length > 0 || columns.length !== 1) return []
  const { head, whole } = await beginningOf(file, format)
  const lines = head.toString('utf8').split(/\r\n|\n|\r/)
  const likely = likelyFields((whole ? lines : lines.slice(0, -1)).slice(0, mostLines))
  if (likely === undefined) return []
  const fields = Object.entries(likely.fields).map(([name, [first, width]]) => `${name}:${first}:${width}`)
  const skip = likely.header ? ' --skip 1' : ''
  return [
    `the file looks like fixed width. Try: sluice sources sniff ${inShell(path)} --fields ${inShell(fields.join(','))}${skip}. The places are a guess, from spaces that all lines have: hold them against its description.`,
  ]
}
