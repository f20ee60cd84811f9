import { quoteLiteral } from '@sluice/duckdb'

/** How the numbers of a column are written. */
export interface NumberStyle {
  /** `undefined`: no number has a fraction. */
  readonly decimal: '.' | ',' | undefined
  /** What stands before or behind each number, or nothing. */
  readonly currency: string | undefined
  /** Whether there is a text that the judge would not read, or would read as another number. */
  readonly differs: boolean
}

/** What the numbers of a column say of the mark before the fraction. */
export interface NumberEvidence {
  readonly point: number
  readonly comma: number
  /** Texts that may be read in two ways: `1.234`, `1,234`. */
  readonly either: readonly number[]
  /** A number of four digits or more without a mark among the thousands. */
  readonly ungrouped: number
  readonly currencies: ReadonlySet<string>
  readonly odd: boolean
}

const spacing = String.raw`[ \x{00A0}\x{202F}\x{2009}]*`
const minus = String.raw`[-\x{2212}]`
const sign = String.raw`(?:[-+\x{2212}])?`

/** Marks among thousands, whatever is before the fraction: space, no-break space, narrow and thin space, apostrophes. */
const neutralGroups = [' ', String.raw`\x{00A0}`, String.raw`\x{202F}`, String.raw`\x{2009}`, `'`, String.raw`\x{2019}`]
const plain = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?\s*$/
const wrapping =
  /^[\s()+\-\u2212]*([^\d\s()+\-\u2212.,'%]*[^\d\s()+\-\u2212,'%]*)[\s()+\-\u2212]*((?:\d|[.,]\d)[\d.,'\u2019 \u00a0\u202f\u2009]*?)[\s()+\-\u2212]*([^\d\s()+\-\u2212.,'%][^\d\s()+\-\u2212,'%]*)?[\s()\-\u2212]*$/u

const isoCurrencies = new Set(Intl.supportedValuesOf('currency'))
const otherCurrencies = new Set([
  'kr',
  'kr.',
  'zł',
  'Kč',
  'Ft',
  'lei',
  'Fr',
  'Fr.',
  'Rs',
  'Rs.',
  'R$',
  'US$',
  'C$',
  'CA$',
  'A$',
  'HK$',
  'NT$',
  'S$',
])
const isCurrency = (text: string): boolean => /^\p{Sc}$/u.test(text) || isoCurrencies.has(text) || otherCurrencies.has(text)

const grouped = /^(?:\d+|\d{1,3}(?:[.,'\u2019 \u00a0\u202f\u2009]\d{3})+|\d{1,2}(?:,\d{2})+,\d{3})?(?:[.,]\d*)?$/u

/** Whether a text is a number in some style. */
export function isNumberOfSomeStyle(text: string): boolean {
  if (plain.test(text)) return true
  const [, before = '', core, behind = ''] = wrapping.exec(text) ?? []
  return core !== undefined && [before, behind].every((token) => token === '' || isCurrency(token)) && grouped.test(core.trim())
}

export function numberEvidence(texts: readonly string[]): NumberEvidence {
  let [point, comma, ungrouped, odd] = [0, 0, 0, false]
  const either: number[] = []
  const currencies = new Set<string>()
  for (const [at, text] of texts.entries()) {
    if (!plain.test(text)) odd = true
    const [, before = '', core, behind = ''] = wrapping.exec(text) ?? []
    if (core === undefined) continue
    for (const token of [before, behind]) if (token !== '' && isCurrency(token)) currencies.add(token)
    const said = decimalOf(core.trim())
    if (said === '.') point++
    else if (said === ',') comma++
    else if (said === 'either') either.push(at)
    else if (said === 'ungrouped') ungrouped++
  }
  return { point, comma, either, ungrouped, currencies, odd }
}

/** What one number says of the mark before its fraction. */
function decimalOf(core: string): '.' | ',' | 'either' | 'ungrouped' | undefined {
  const marks = [...core.matchAll(/[.,]/g)]
  const last = marks.at(-1)
  if (last === undefined) return /^\d{4,}$/.test(core) ? 'ungrouped' : undefined
  const mark = last[0] as '.' | ','
  const other = mark === '.' ? ',' : '.'
  const alike = marks.every(([each]) => each === mark)
  if (!alike) return marks.filter(([each]) => each === mark).length === 1 ? mark : undefined
  if (marks.length > 1) return /^\d{1,3}(?:[.,]\d{3})+$|^\d{1,2}(?:,\d{2})+,\d{3}$/.test(core) ? other : undefined
  const [whole = '', fraction = ''] = core.split(mark)
  if (fraction.length !== 3 || whole === '' || /^0/.test(whole) || !/^\d{1,3}$/.test(whole)) return mark
  return 'either'
}

/** A number in the style, as a pattern of DuckDB (RE2). */
export function numberPattern({ decimal, currency }: Pick<NumberStyle, 'decimal' | 'currency'>): string {
  const point = String.raw`\.`
  // 0.123 has one meaning: thousands do not begin with 0.
  const groups = decimal === ',' ? [point] : decimal === '.' ? [','] : []
  const grouped = [
    ...neutralGroups.map((group) => `[0-9]{1,3}(?:${group}[0-9]{3})+`),
    ...groups.map((group) => `[1-9][0-9]{0,2}(?:${group}[0-9]{3})+`),
  ]
  const indian = decimal === '.' ? ['[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}'] : []
  // Two marks alike are among thousands, whatever stands before a fraction.
  const several = decimal === undefined ? [`[0-9]{1,3}(?:,[0-9]{3}){2,}`, `[0-9]{1,3}(?:${point}[0-9]{3}){2,}`] : []
  const whole = ['[0-9]+', ...grouped, ...indian, ...several].join('|')
  const mark = decimal === ',' ? ',' : point
  const core = decimal === undefined ? `(?:${whole})` : `(?:(?:${whole})(?:${mark}[0-9]*)?|${mark}[0-9]+)`
  const money = currency === undefined ? '' : `(?:${escaped(currency)})?`
  const s = spacing
  return [
    `${s}${sign}${s}${money}${s}${core}${s}${money}${s}`,
    ...(currency === undefined ? [] : [`${s}${escaped(currency)}${s}${sign}${s}${core}${s}`]),
    `${s}${money}${s}${core}${s}${money}${s}${minus}${s}${money}${s}`,
    String.raw`${s}${money}${s}\(${s}${money}${s}${core}${s}${money}${s}\)${s}${money}${s}`,
  ].join('|')
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/**
 * A text as the judge writes numbers; one that is not a number of this style as it came. A text that has a point before its fraction where
 * the others have a comma (`1.5`) can mean one thing alone, and the judge reads it.
 */
export function numberSql(x: string, style: Pick<NumberStyle, 'decimal' | 'currency'>): string {
  const { decimal, currency } = style
  const bare = currency?.includes('.') === true ? `replace(${x}, ${quoteLiteral(currency)}, '')` : x
  const digits = `regexp_replace(${bare}, '[^0-9${decimal ?? ''}]', '', 'g')`
  const number = decimal === ',' ? `replace(${digits}, ',', '.')` : digits
  const negative = `CASE WHEN regexp_matches(${x}, '[-(\\x{2212}]') THEN '-' ELSE '' END || ${number}`
  const simple =
    decimal === ',' ? `WHEN regexp_full_match(${x}, '[+-]?[0-9]+(?:,[0-9]*)?(?:[eE][+-]?[0-9]{1,3})?') THEN replace(${x}, ',', '.') ` : ''
  return `CASE ${simple}WHEN regexp_full_match(${x}, ${quoteLiteral(numberPattern(style))}) THEN ${negative} ELSE ${x} END`
}
