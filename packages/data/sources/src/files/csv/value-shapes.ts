/** What a text looks like, for telling dialects and headers apart. It decides nothing about values. */
export interface Shape {
  readonly kind: 'empty' | 'number' | 'date' | 'word' | 'text' | 'odd'
  /** How much it speaks for the way in which the text was taken apart, up to 1. */
  readonly weight: number
}

/** Letters against digits are a name (`COL1`), but for the usual codes. */
const code = '(?:USD|EUR|GBP|CHF|JPY|CNY|CAD|AUD|TWD)'
const digits = String.raw`(?:\d+|\d{1,3}(?:[ '.,\u00a0\u202f\u2019]\d{3})+)?(?:[.,]\d+)?(?:[eE][-+]?\d+)?`
const number = new RegExp(
  String.raw`^[-+(]?\s*(?:[$€£¥]|${code}|[A-Z]{3}(?=\s))?\s*[-+]?${digits}\s*(?:[$€£¥%]|${code}|(?<=\s)[A-Z]{3})?\s*[-)]?$`,
)
const date = /^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ,]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:[AaPp]\.?[Mm]\.?|Z|[-+]\d{2}:?\d{2})?)?$/
const dayAndMonth = /^\d{1,2}[- ]\p{L}{3,9}\.?[- ]\d{2,4}$|^\p{L}{3,9} \d{1,2}, \d{4}/u
const time = /^\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?$/
const word = /^[\p{L}\p{M}\p{N}_@.+-]+$/u
const text = /^[\p{L}\p{M}\p{N}_@.+\-\s'()/&#%!?:*]+$/u

export function shapeOf(cell: string): Shape {
  const trimmed = cell.trim()
  if (trimmed === '') return { kind: 'empty', weight: 0.6 }
  if (/\d/.test(trimmed) && number.test(trimmed)) return { kind: 'number', weight: 1 }
  if (date.test(trimmed) || dayAndMonth.test(trimmed) || time.test(trimmed)) return { kind: 'date', weight: 1 }
  if (word.test(trimmed)) return { kind: 'word', weight: 0.9 }
  return text.test(trimmed) ? { kind: 'text', weight: 0.8 } : { kind: 'odd', weight: 0.3 }
}
