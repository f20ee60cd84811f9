import type { CellConventions } from '@sluice/author'
import { type DateForm, formsOf } from './date-forms.ts'
import { type DatePattern, datePattern, epochs } from './date-pattern.ts'
import { nearlyAll } from './evidence.ts'
import { inZone } from './zone.ts'

/** What the dates of a column are written in. `undecided`: the texts do not say which form; `at`: one that they read differently. */
export type DateFinding =
  | { readonly kind: 'asTheyAre' }
  | { readonly kind: 'patterns'; readonly patterns: readonly DatePattern[] }
  | { readonly kind: 'undecided'; readonly forms: readonly DateForm[]; readonly at: number | undefined }

/** ISO 8601, which the judge reads. */
const iso = /^[ \t]*\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?(?:Z|UTC)|[+-]\d{2}(?::?\d{2})?)?)?[ \t]*$/
const withOffset = /:\d{2}(?:\.\d+)?(?: ?(?:Z|UTC)|[+-]\d{2}(?::?\d{2})?)\s*$/

export const isIso = (text: string): boolean => iso.test(text)
export const isLocal = (text: string): boolean => /\d:\d{2}/.test(text) && !withOffset.test(text)

/** Looks at the texts of one column, none of which stands for no value. `whole`: they are all of its texts. */
export function findDates(
  texts: readonly string[],
  whole: boolean,
  format: CellConventions,
  kind: 'date' | 'timestamp',
  file: string,
): DateFinding {
  const others = texts.flatMap((text, at) => (isIso(text) ? [] : [{ text, at }]))
  if (others.length === 0) return { kind: 'asTheyAre' }
  if (kind === 'timestamp') {
    const epoch = epochs.find((_, place) => others.every(({ text }) => (place === 0 ? /^ *\d{10} *$/ : /^ *\d{13} *$/).test(text)))
    if (epoch !== undefined) return { kind: 'patterns', patterns: [datePattern(epoch, 'en', file)] }
  }
  const texted = others.map(({ text }) => text)
  const read = formsOf(texted, format.language, file).map((form): Reading => ({ form, dates: texted.map((text) => form.read(text)) }))
  const most = Math.max(0, ...read.map(fits))
  const first = read.find((reading) => fits(reading) === most)
  // A column of something else has a date here and there.
  if (first === undefined || most * 2 < others.length) return { kind: 'asTheyAre' }
  const rivals = read.filter((reading) => reading !== first && isRival(first, reading, whole))
  if (rivals.length === 0) return { kind: 'patterns', patterns: first.form.patterns }
  const differs = rivals.map(({ dates }) => dates.findIndex((date, at) => areTwo(date, first.dates[at]))).filter((at) => at !== -1)
  return {
    kind: 'undecided',
    forms: [first.form, ...rivals.map(({ form }) => form)],
    at: others[Math.min(...differs)]?.at,
  }
}

interface Reading {
  readonly form: DateForm
  readonly dates: readonly (string | undefined)[]
}

const fits = ({ dates }: Reading): number => dates.filter((date) => date !== undefined).length
const areTwo = (one: string | undefined, other: string | undefined): boolean => one !== undefined && other !== undefined && one !== other

/**
 * Whether the texts leave open which of two forms they have: each text that one of them reads the other reads as well, or each has some
 * that the other cannot read. A few such texts are wrong ones.
 */
function isRival(first: Reading, other: Reading, whole: boolean): boolean {
  let [both, onlyFirst, onlyOther] = [0, 0, 0]
  for (const [at, date] of first.dates.entries()) {
    const rival = other.dates[at]
    if (date !== undefined && rival !== undefined) both++
    else if (date !== undefined) onlyFirst++
    else if (rival !== undefined) onlyOther++
  }
  // Texts that both read may come behind those that were looked at.
  return (both > 0 || (!whole && onlyOther > 0)) && !nearlyAll(onlyFirst, onlyOther)
}

/** A text in the first of the patterns that it has, as the judge writes it; one of no pattern as it came. */
export function dateSql(x: string, patterns: readonly DatePattern[], zone: string | undefined): string {
  if (patterns.length === 0 && zone === undefined) return x
  const read = patterns.map((pattern) => {
    const text = pattern.sql(x)
    return zone === undefined || !pattern.time || pattern.offset ? text : inZone(`(${text})`, zone)
  })
  return `coalesce(${[...read, zone === undefined ? x : localSql(x, zone)].join(', ')})`
}

/** A text in the judge's own spelling that has a time and no offset. */
const localSql = (x: string, zone: string): string =>
  `CASE WHEN regexp_full_match(${x}, '[ \\t]*[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\\.[0-9]+)?)?[ \\t]*') THEN ${inZone(`trim(${x})`, zone)} ELSE ${x} END`
