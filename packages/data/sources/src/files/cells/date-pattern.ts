import { dateFormAdvice, dateFormFault, type dateLetters, dateParts } from '@sluice/author'
import { quoteLiteral } from '@sluice/duckdb'
import { fileErrors } from '../../errors.ts'
import { monthNumbers } from './months.ts'

/** A form of dates, to be read in JavaScript and in DuckDB alike. */
export interface DatePattern {
  /** As it is declared: letters of CLDR. */
  readonly pattern: string
  /** The date, or date and time, in the judge's spelling; `undefined` for a text that has not this form, or names a day that is not. */
  read(text: string): string | undefined
  /** The same as SQL: NULL for a text that has not this form. */
  sql(x: string): string
  /** Whether a time stands in it, and whether it says its offset. */
  readonly time: boolean
  readonly offset: boolean
  /** Of the names of months that stand in it. */
  readonly language: string | undefined
}

export const epochs = ['epoch-seconds', 'epoch-milliseconds'] as const

type Field = 'year' | 'shortYear' | 'month' | 'monthName' | 'day' | 'hour' | 'hour12' | 'minute' | 'second' | 'fraction' | 'half' | 'offset'

/** Each run of letters: the field, and what its text looks like, for JavaScript and RE2 alike. */
const letters: Readonly<Record<keyof typeof dateLetters, readonly [Field | undefined, string]>> = {
  y: ['year', '[0-9]{4}'],
  yy: ['shortYear', '[0-9]{2}'],
  yyyy: ['year', '[0-9]{4}'],
  M: ['month', '[0-9]{1,2}'],
  MM: ['month', '[0-9]{2}'],
  MMM: ['monthName', String.raw`[\p{L}\p{M}]{2,}`],
  MMMM: ['monthName', String.raw`[\p{L}\p{M}]{2,}`],
  d: ['day', '[0-9]{1,2}'],
  dd: ['day', '[0-9]{2}'],
  H: ['hour', '[0-9]{1,2}'],
  HH: ['hour', '[0-9]{2}'],
  h: ['hour12', '[0-9]{1,2}'],
  hh: ['hour12', '[0-9]{2}'],
  m: ['minute', '[0-9]{1,2}'],
  mm: ['minute', '[0-9]{2}'],
  s: ['second', '[0-9]{1,2}'],
  ss: ['second', '[0-9]{2}'],
  a: ['half', String.raw`[AaPp]\.?[Mm]\.?`],
  E: [undefined, String.raw`[\p{L}\p{M}]+\.?`],
  EEE: [undefined, String.raw`[\p{L}\p{M}]+\.?`],
  EEEE: [undefined, String.raw`[\p{L}\p{M}]+`],
  X: ['offset', 'Z|[+-][0-9]{2}(?::?[0-9]{2})?'],
  XX: ['offset', 'Z|[+-][0-9]{2}(?::?[0-9]{2})?'],
  XXX: ['offset', 'Z|[+-][0-9]{2}(?::?[0-9]{2})?'],
}

/** What a run of letters is, of a form that was looked at. */
const fieldOf = (run: string): readonly [Field | undefined, string] | undefined =>
  Object.hasOwn(letters, run) ? letters[run as keyof typeof letters] : /^S+$/.test(run) ? ['fraction', `[0-9]{${run.length}}`] : undefined

/**
 * Names of months may end with a point, which stands in no pattern.
 * @throws `file.unsupported` for letters that mean nothing here, and a pattern that names no day
 */
export function datePattern(pattern: string, language: string, file: string): DatePattern {
  if (pattern === 'epoch-seconds' || pattern === 'epoch-milliseconds') return epochPattern(pattern)
  const fault = dateFormFault(pattern)
  if (fault !== undefined) throw unknown(pattern, file, fault)
  const fields: Field[] = []
  let source = ''
  for (const [run, literal] of pattern.matchAll(dateParts)) {
    const known = fieldOf(run)
    if (known !== undefined) {
      const [field, shape] = known
      const point = field === 'monthName' ? String.raw`\.?` : ''
      if (field === undefined) source += `(?:${shape})`
      else {
        fields.push(field)
        source += `(${shape})${point}`
      }
    } else
      source +=
        run === ' '
          ? String.raw`[ \x{00A0}\x{202F}]`
          : literal === undefined
            ? escaped(run)
            : escaped(run === "''" ? "'" : literal.replaceAll("''", "'"))
  }
  const re = new RegExp(`^[ \\t]*(?:${source.replace(/\\x\{([0-9A-F]{4})\}/g, '\\u{$1}')})[ \\t]*$`, 'u')
  const months = fields.includes('monthName') ? monthNumbers(language) : new Map<string, number>()
  const time = fields.includes('hour') || fields.includes('hour12')
  return {
    pattern,
    time,
    offset: fields.includes('offset'),
    language: fields.includes('monthName') ? language : undefined,
    read(text) {
      const found = re.exec(text)
      if (found === null) return undefined
      const value = (field: Field): string | undefined => (fields.includes(field) ? found[fields.indexOf(field) + 1] : undefined)
      return assembled(value, months, time)
    },
    sql: (x) => sqlOf(x, `[ \\t]*(?:${source})[ \\t]*`, fields, months, time),
  }
}

const escaped = (text: string): string =>
  text.replace(/[.*+?^${}()|[\]\\/-]/g, (character) => (character === '/' || character === '-' ? character : `\\${character}`))

const unknown = (pattern: string, file: string, why: string) =>
  fileErrors.unsupported(`${file}: "${pattern}" cannot be read as a form of dates: ${why}`, {
    facts: { file, pattern },
    next: dateFormAdvice,
  })

const two = (text: string): string => text.padStart(2, '0')

/** 69 to 99 are of the last century, as POSIX has it. */
const century = (year: string): string => `${Number(year) >= 69 ? '19' : '20'}${year}`

function assembled(value: (field: Field) => string | undefined, months: ReadonlyMap<string, number>, time: boolean): string | undefined {
  const year = value('year') ?? century(value('shortYear') ?? '')
  const name = value('monthName')
  const month = Number(value('month') ?? months.get(name?.toLowerCase() ?? '') ?? 0)
  const day = Number(value('day'))
  if (month < 1 || month > 12 || day < 1 || day > daysOf(Number(year), month) || year === '0000') return undefined
  const date = `${year}-${two(String(month))}-${two(String(day))}`
  if (!time) return date
  const half = value('half')?.[0]?.toLowerCase()
  const twelve = value('hour12')
  const hour = twelve === undefined ? Number(value('hour')) : hourOf(Number(twelve), half)
  const [minute, second] = [Number(value('minute') ?? 0), Number(value('second') ?? 0)]
  if (hour === undefined || hour > 23 || minute > 59 || second > 59) return undefined
  const fraction = value('fraction')
  return `${date} ${two(String(hour))}:${two(String(minute))}:${two(String(second))}${fraction === undefined ? '' : `.${fraction}`}${value('offset') ?? ''}`
}

const hourOf = (hour: number, half: string | undefined): number | undefined =>
  hour < 1 || hour > 12 || half === undefined ? undefined : (hour % 12) + (half === 'p' ? 12 : 0)

const daysOf = (year: number, month: number): number => new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()

/**
 * The text is taken apart once: an expression that names its parts again and again is bound, and run, as often. A column of the file would
 * go before a parameter of its name.
 */
function sqlOf(x: string, source: string, fields: readonly Field[], months: ReadonlyMap<string, number>, time: boolean): string {
  const part = (field: Field): string => `_sluice_parts.${field}`
  const has = (field: Field): boolean => fields.includes(field)
  const pad = (text: string): string => `lpad(${text}, 2, '0')`
  const short = part('shortYear')
  const year = has('year') ? part('year') : `CASE WHEN ${short} >= '69' THEN '19' ELSE '20' END || ${short}`
  const byName = [...months].map(([name, number]) => `WHEN ${quoteLiteral(name)} THEN '${two(String(number))}'`).join(' ')
  const month = has('month') ? pad(part('month')) : `CASE lower(${part('monthName')}) ${byName} END`
  const date = `${year} || '-' || ${month} || '-' || ${pad(part('day'))}`
  const twelve = `TRY_CAST(${part('hour12')} AS INTEGER)`
  const ofHalf = `${twelve} % 12 + CASE WHEN lower(${part('half')})[1] = 'p' THEN 12 ELSE 0 END`
  const hourOfHalf = has('half') ? `CASE WHEN ${twelve} BETWEEN 1 AND 12 THEN lpad(CAST(${ofHalf} AS VARCHAR), 2, '0') END` : 'NULL'
  const small = (field: Field): string => (has(field) ? pad(part(field)) : "'00'")
  const clock = `${has('hour12') ? hourOfHalf : pad(part('hour'))} || ':' || ${small('minute')} || ':' || ${small('second')}`
  const rest = `${has('fraction') ? ` || '.' || ${part('fraction')}` : ''}${has('offset') ? ` || ${part('offset')}` : ''}`
  const names = fields.map((field) => quoteLiteral(field)).join(', ')
  const taken = `[regexp_extract(${x}, ${quoteLiteral(`^(?:${source})$`)}, [${names}])]`
  if (!time)
    return `list_transform(list_transform(${taken}, lambda _sluice_parts: ${date}), lambda _sluice_date: CASE WHEN TRY_CAST(_sluice_date AS DATE) IS NOT NULL AND _sluice_date[1:4] <> '0000' THEN _sluice_date END)[1]`
  // DuckDB takes 24:00 and the second 60 for times, and has a year 0.
  const fits =
    "TRY_CAST(_sluice_date.clock AS TIMESTAMP) IS NOT NULL AND _sluice_date.clock[1:4] <> '0000' AND _sluice_date.clock[12:13] < '24' AND _sluice_date.clock[18:19] < '60'"
  const texts = `list_transform(${taken}, lambda _sluice_parts: struct_pack(clock := ${date} || ' ' || ${clock}, rest := ''${rest}))`
  return `list_transform(${texts}, lambda _sluice_date: CASE WHEN ${fits} THEN _sluice_date.clock || _sluice_date.rest END)[1]`
}

/** Seconds or milliseconds since 1970, in UTC. */
function epochPattern(pattern: (typeof epochs)[number]): DatePattern {
  const isMillis = pattern === 'epoch-milliseconds'
  const re = isMillis ? /^ *-?\d{1,14} *$/ : /^ *-?\d{1,11} *$/
  const unit = isMillis ? 'epoch_ms' : 'make_timestamp'
  return {
    pattern,
    time: true,
    offset: true,
    language: undefined,
    read: (text) =>
      re.test(text) ? `${new Date(Number(text) * (isMillis ? 1 : 1000)).toISOString().slice(0, 23).replace('T', ' ')}Z` : undefined,
    sql: (x) => {
      const number = `TRY_CAST(trim(${x}) AS BIGINT)`
      const instant = isMillis ? `${unit}(${number})` : `${unit}(${number} * 1000000)`
      return `CASE WHEN regexp_full_match(${x}, ${quoteLiteral(re.source.replaceAll('\\d', '[0-9]').slice(1, -1))}) THEN strftime(${instant}, '%Y-%m-%d %H:%M:%S.%g') || 'Z' END`
    },
  }
}
