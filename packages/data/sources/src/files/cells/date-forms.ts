import { type DatePattern, datePattern } from './date-pattern.ts'
import { languages, monthNumbers } from './months.ts'

const separators = ['/', '.', '-', ' '] as const

/** Orders of day, month and year, with marks between. */
const numeric = separators.flatMap((mark) =>
  ['d M yyyy', 'M d yyyy', 'yyyy M d', 'd M yy', 'M d yy', 'yy M d'].map((form) => form.replaceAll(' ', mark)),
)
const compact = ['yyyyMMdd', 'ddMMyyyy', 'MMddyyyy'] as const
const named = [
  'd-MMM-yy',
  'd-MMM-yyyy',
  'd/MMM/yyyy',
  'd MMM yy',
  'd MMM yyyy',
  'd. MMM yyyy',
  'd. MMM yy',
  'MMM d, yyyy',
  'MMM d yyyy',
  'MMM-d-yyyy',
  'yyyy-MMM-d',
  'yyyy MMM d',
  'ddMMMyyyy',
  "d 'de' MMM 'de' yyyy",
  'EEE, d MMM yyyy',
  'EEE d MMM yyyy',
  'EEE, MMM d, yyyy',
] as const

/** A time behind a date: what stands between, hours, minutes, seconds, fraction, half of the day, offset. */
const timeBehind =
  /^(.*?)(, | {1,2}|T)(\d{1,2}):(\d{2})(:\d{2})?(\.\d{1,9})?([ \u00a0\u202f]?)([AaPp]\.?[Mm]\.?)?( ?(?:Z|[+-]\d{2}(?::?\d{2})?))?$/

interface Split {
  readonly date: string
  /** The pattern of what stands behind the date. */
  readonly behind: string
}

function split(text: string): Split {
  const trimmed = text.trim()
  const [, date, between = '', hours = '', , seconds, fraction, space = '', half, offset] = timeBehind.exec(trimmed) ?? []
  if (date === undefined || date === '') return { date: trimmed, behind: '' }
  const hour = half === undefined ? (hours.length === 2 ? 'HH' : 'H') : 'h'
  const parts = [
    between === 'T' ? "'T'" : between,
    `${hour}:mm`,
    seconds === undefined ? '' : ':ss',
    fraction === undefined ? '' : `.${'S'.repeat(fraction.length - 1)}`,
    half === undefined ? '' : `${space === '' ? '' : ' '}a`,
    offset === undefined ? '' : offset.startsWith(' ') ? ' XXX' : 'XXX',
  ]
  return { date, behind: parts.join('') }
}

/** Each form that one of the texts may have, with what stands behind it in most of them first. */
export interface DateForm {
  /** One for each time that stands behind the date. */
  readonly patterns: readonly DatePattern[]
  read(text: string): string | undefined
}

/** `language`: of the names of months; all that are known are tried where it is not declared. */
export function formsOf(texts: readonly string[], language: string | undefined, file: string): readonly DateForm[] {
  const behind = new Map<string, number>()
  const dates: string[] = []
  for (const text of texts) {
    const parts = split(text)
    behind.set(parts.behind, (behind.get(parts.behind) ?? 0) + 1)
    dates.push(parts.date)
  }
  const often = [...behind].sort(([, one], [, other]) => other - one).map(([pattern]) => pattern)
  const withNames = dates.some((date) => /\p{L}{2}/u.test(date))
  const spoken = withNames ? [language ?? languagesOf(dates)].flat() : [language ?? 'en']
  const shapes = withNames ? named : [...numeric, ...compact]
  return spoken.flatMap((tongue) =>
    shapes.flatMap((shape): DateForm[] => {
      const alone = datePattern(shape, tongue, file)
      if (!dates.some((date) => alone.read(date) !== undefined)) return []
      const patterns = often.slice(0, 6).map((end) => datePattern(`${shape}${end}`, tongue, file))
      return [{ patterns, read: (text) => patterns.map((pattern) => pattern.read(text)).find((found) => found !== undefined) }]
    }),
  )
}

/** The languages that have the names of months that stand in the texts; of those that mean the same the first. */
function languagesOf(dates: readonly string[]): readonly string[] {
  const words = new Set(dates.flatMap((date) => (date.match(/[\p{L}\p{M}]{2,}/gu) ?? []).map((word) => word.toLowerCase())))
  const found = languages
    .map((language) => ({ language, months: monthNumbers(language) }))
    .map(({ language, months }) => {
      const known = [...words].filter((word) => months.has(word))
      return {
        language,
        known: known.length,
        means: known
          .map((word) => `${word}=${months.get(word)}`)
          .sort((one, other) => (one < other ? -1 : 1))
          .join(),
      }
    })
  const most = Math.max(...found.map(({ known }) => known))
  const best = found.filter(({ known }) => known === most && known > 0)
  return best.filter(({ means }, at) => best.findIndex((other) => other.means === means) === at).map(({ language }) => language)
}
