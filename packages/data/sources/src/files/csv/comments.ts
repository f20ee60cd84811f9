import type { Dialect } from './dialect.ts'
import { looksLikeHeader } from './header-line.ts'
import { recordsOf, type SampleRecord } from './records.ts'

/** Lines with the mark before the first line without one. */
const leading = /^(?:#[^\r\n]*(?:\r\n|\n|\r))+(?=[^#])/

/** For choosing between dialects, lines with the mark before all others do not count. */
export const leadingMark = (text: string): string => (leading.test(text) ? '#' : '')

export interface Comments {
  /** `''`: lines with the mark are records like others. */
  readonly comment: string
  /** Lines before the first one that counts, where they are not comments. */
  readonly before: number
}

/**
 * A comment is found where lines with the mark stand before the header, or have fewer cells than records and a space behind the mark. Below
 * the header a line with the mark that has a cell for each column is a record as much as a comment: then the lines before the header are
 * skipped, and nothing else is.
 */
export function commentsOf(text: string, by: Dialect, whole: boolean, isWanted: (name: string) => boolean): Comments {
  const none: Comments = { comment: '', before: 0 }
  if (!/^#/m.test(text) && !/\r#/.test(text)) return none
  const lines = text.split(/\r\n|\n|\r/)
  const all = recordsOf(text, { ...by, comment: '' }, { whole })
  const isMarked = ({ line }: SampleRecord): boolean => lines[line - 1]?.startsWith('#') === true
  const others = all.filter((record) => !isMarked(record))
  const [marked, width] = [all.filter(isMarked), usual(others)]
  if (marked.length === 0 || width === undefined) return none
  const first = others.find(({ cells }) => cells.length === width)?.line ?? 0
  const fits = ({ cells, sound }: SampleRecord): boolean => sound && cells.length === width
  const below = marked.filter(({ line }) => line > first)
  const head = leading.exec(text)?.[0]
  const before = head === undefined ? 0 : head.split(/\r\n|\n|\r/).length - 1
  const header = marked.find(({ line }) => line === before)
  if (header !== undefined && fits(header) && namesColumns(header, others, isWanted)) return { comment: '', before: before - 1 }
  if (width === 1 || below.some(fits)) return { comment: '', before }
  const areNotes = below.every(({ cells, line }) => cells.length < width && /^#+(?:\s|$)/.test(lines[line - 1] ?? ''))
  return marked.length > below.length || areNotes ? { comment: '#', before: 0 } : none
}

/** `#id;name` right above the first record. */
function namesColumns(header: SampleRecord, others: readonly SampleRecord[], isWanted: (name: string) => boolean): boolean {
  const [next, ...body] = others
  if (next === undefined || header.cells.length < 2 || !/^#+\S/.test(header.cells[0] ?? '')) return false
  const names = header.cells.map((cell) => cell.replace(/^#+/, ''))
  return !looksLikeHeader(next.cells, body, isWanted) && looksLikeHeader(names, others, isWanted)
}

/** The number of cells that most records have. */
function usual(records: readonly SampleRecord[]): number | undefined {
  const counts = new Map<number, number>()
  for (const { cells } of records) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1)
  return [...counts].toSorted(([one, many], [other, more]) => more - many || other - one)[0]?.[0]
}
