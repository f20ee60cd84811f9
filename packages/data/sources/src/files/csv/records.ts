import type { Dialect } from './dialect.ts'

/** A record of a short text. */
export interface SampleRecord {
  readonly cells: readonly string[]
  /** The line at which it begins, from 1. */
  readonly line: number
  /** Whether quotes stand where they may. */
  readonly sound: boolean
  /** Whether a cell of it was quoted. */
  readonly quoted: boolean
}

const [lineFeed, carriageReturn] = [10, 13]
const lineEnd = /\r\n|\n|\r/g

/**
 * The records of a short text, for looking at it. Lines without anything and comments are left out. The last record is left out where the
 * text is cut off.
 */
export function recordsOf(text: string, dialect: Dialect, { whole }: { readonly whole: boolean }): SampleRecord[] {
  const { delimiter, quote, escape: escaping, comment } = dialect
  const records: SampleRecord[] = []
  let [at, line] = [0, 1]
  while (at < text.length) {
    while (text.startsWith('\ufeff', at)) at++
    const begin = at
    const beginLine = line
    const cells: string[] = []
    let [sound, quoted, ended] = [true, false, false]
    if (comment !== '' && text.startsWith(comment, at)) {
      at = nextLine(text, at)
      line++
      continue
    }
    while (!ended) {
      let cell = ''
      if (quote !== '' && text.startsWith(quote, at)) {
        quoted = true
        at++
        for (;;) {
          if (at >= text.length) {
            sound = false
            break
          }
          const character = text.charAt(at)
          if (character === escaping && escaping !== quote && at + 1 < text.length) {
            cell += text.charAt(at + 1)
            at += 2
          } else if (character === quote) {
            if (escaping === quote && text.charAt(at + 1) === quote) {
              cell += quote
              at += 2
              continue
            }
            at++
            break
          } else {
            if (character === '\n' || (character === '\r' && text.charAt(at + 1) !== '\n')) line++
            cell += character
            at++
          }
        }
        const end = endOfCell(text, at, delimiter)
        if (text.slice(at, end).trim() !== '') {
          sound = false
          cell += text.slice(at, end)
        }
        at = end
      } else {
        const end = endOfCell(text, at, delimiter)
        cell = text.slice(at, end)
        at = end
      }
      cells.push(cell)
      if (at < text.length && text.startsWith(delimiter, at)) at += delimiter.length
      else ended = true
    }
    const cut = at >= text.length && !whole
    if (!sound && line > beginLine) {
      // One wrong quote takes more lines with it: the first of them is what is wrong.
      at = nextLine(text, begin)
      line = beginLine + 1
      records.push({ cells: text.slice(begin, at).trimEnd().split(delimiter), line: beginLine, sound, quoted })
      continue
    }
    if (at < text.length) {
      at += text.startsWith('\r\n', at) ? 2 : 1
      line++
    }
    const empty = cells.length === 1 && text.slice(begin, at).trim() === ''
    if (!empty && !cut) records.push({ cells, line: beginLine, sound, quoted })
  }
  return records
}

function endOfCell(text: string, from: number, delimiter: string): number {
  const first = delimiter.charCodeAt(0)
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === lineFeed || code === carriageReturn || (code === first && text.startsWith(delimiter, at))) return at
  }
  return text.length
}

function nextLine(text: string, from: number): number {
  lineEnd.lastIndex = from
  const end = lineEnd.exec(text)
  return end === null ? text.length : end.index + end[0].length
}
