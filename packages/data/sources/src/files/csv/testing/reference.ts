import type { Dialect, Layout } from '../dialect.ts'

/** What a text is, by a reader that is slow and has one idea at a time: what the fast ones must agree with. */
export interface ReferenceResult {
  /** Line and cells. */
  readonly rows: readonly (readonly [number, ...(string | null)[]])[]
  /** Line and rule. */
  readonly refused: readonly (readonly [number, string])[]
  /** Lines that are not records: blank ones, comments, the header and its copies. */
  readonly others: number
}

interface Line {
  readonly text: string
  readonly end: string
}

const linesOf = (text: string): Line[] =>
  [...text.matchAll(/([^\r\n]*)(\r\n|\n|\r|$)/g)]
    .map(([, line = '', end = '']) => ({ text: line, end }))
    .filter(({ text, end }) => text + end !== '')

export function readByReference(text: string, dialect: Dialect, layout: Layout): ReferenceResult {
  const lines = linesOf(text)
  const rows: (readonly [number, ...(string | null)[]])[] = []
  const refused: (readonly [number, string])[] = []
  let [at, others, strictUntil] = [layout.skip, 0, -1]
  let header: string | undefined
  while (at < lines.length) {
    const first = lines[at] as Line
    if (dialect.comment !== '' && first.text.startsWith(dialect.comment)) {
      others++
      at++
      continue
    }
    // The record is as many lines as it takes to close its quotes.
    let taken = 1
    let parsed = cellsOf(first.text, dialect, at <= strictUntil)
    while (parsed === 'open' && at + taken < lines.length) {
      taken++
      const record = lines.slice(at, at + taken)
      parsed = cellsOf(record.map((line, place) => line.text + (place === taken - 1 ? '' : line.end)).join(''), dialect, at <= strictUntil)
    }
    const record = lines.slice(at, at + taken)
    const raw = record.map((line, place) => line.text + (place === taken - 1 ? '' : line.end)).join('')
    if (parsed === 'open' || parsed === 'wrong') {
      refused.push([at + 1, 'record(quote)'])
      strictUntil = Math.max(strictUntil, at + taken - 1)
      at++
      continue
    }
    const line = at + 1
    at += taken
    const { cells, quoted } = parsed
    if (layout.width !== 1 && cells.length === 1 && !quoted && /^[ \t]*$/.test(cells[0] ?? '')) {
      others++
      continue
    }
    if (layout.header && header === undefined) {
      header = raw
      others++
      continue
    }
    const kept = layout.trailing && cells.length === layout.width + 1 && cells.at(-1) === '' ? cells.slice(0, -1) : cells
    if (raw.includes('\0')) refused.push([line, 'record(nul)'])
    else if (kept.length < layout.width) refused.push([line, 'record(few)'])
    else if (kept.length > layout.width) refused.push([line, 'record(many)'])
    else if (raw === header) others++
    else rows.push([line, ...kept.map((cell) => (cell === '' ? null : cell))])
  }
  return { rows, refused, others }
}

/** `open`: a quote is not closed. `wrong`: text stands behind one that closes, or `strict` has one within a cell. */
function cellsOf(record: string, dialect: Dialect, strict: boolean): { cells: string[]; quoted: boolean } | 'open' | 'wrong' {
  const { delimiter, quote, escape: escaping } = dialect
  const cells: string[] = []
  let quoted = false
  let rest = record
  for (;;) {
    let cell = ''
    if (quote !== '' && rest.startsWith(quote)) {
      quoted = true
      rest = rest.slice(1)
      for (;;) {
        if (rest === '') return 'open'
        if (escaping === quote && rest.startsWith(quote + quote)) {
          cell += quote
          rest = rest.slice(2)
        } else if (escaping !== quote && (rest.startsWith(escaping + quote) || rest.startsWith(escaping + escaping))) {
          cell += rest[1]
          rest = rest.slice(2)
        } else if (rest.startsWith(quote)) {
          rest = rest.slice(1)
          break
        } else {
          cell += rest[0]
          rest = rest.slice(1)
        }
      }
      while ((rest.startsWith(' ') || (rest.startsWith('\t') && !delimiter.startsWith('\t'))) && !rest.startsWith(delimiter))
        rest = rest.slice(1)
      if (rest !== '' && !rest.startsWith(delimiter)) return /^[\r\n]/.test(rest) ? { cells: [...cells, cell], quoted } : 'wrong'
    } else {
      const end = rest.indexOf(delimiter)
      cell = end === -1 ? rest : rest.slice(0, end)
      if (strict && quote !== '' && cell.includes(quote)) return 'wrong'
      rest = end === -1 ? '' : rest.slice(end)
    }
    cells.push(cell)
    if (rest === '') return { cells, quoted }
    rest = rest.slice(delimiter.length)
  }
}
