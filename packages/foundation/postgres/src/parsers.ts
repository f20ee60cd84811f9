import { exactJson } from '@sluice/core'
import pg from 'pg'

/**
 * How values arrive, chosen type by type (text format):
 * int8 as a number when it is a safe integer, else as a string; numeric as a string; date as `YYYY-MM-DD`; timestamp (no zone) as
 * PostgreSQL prints it; timestamptz as epoch milliseconds, microseconds cut off, `infinity` as ±Infinity; arrays of these alike. All
 * others as `pg` has them (json parsed, bytea a Buffer, float8 a number).
 */
type Parse = (text: string) => unknown

const scalars: ReadonlyArray<readonly [oid: number, arrayOid: number, parse: Parse]> = [
  [20, 1016, parseInt8],
  [1700, 1231, asIs],
  [1082, 1182, asIs],
  [1114, 1115, asIs],
  [1184, 1185, parseTimestamptz],
]

/** How values leave as JSON, the same as those of the lake: instants ISO-8601, binary base64, numbers in JSON to the last digit. */
const isoScalars: typeof scalars = [
  ...scalars.filter(([oid]) => oid !== 1114 && oid !== 1184),
  [17, 1001, base64],
  [114, 199, exactJson],
  [3802, 3807, exactJson],
  [1114, 1115, (text) => isoInstant(`${text.replace(/ BC$/, '')}+00${text.endsWith(' BC') ? ' BC' : ''}`)],
  [1184, 1185, isoInstant],
  [1186, 1187, isoInterval],
]

const parsersOf = (of: typeof scalars): pg.CustomTypesConfig => {
  const parsers = new Map<number, Parse>(
    of.flatMap(([oid, arrayOid, parse]) => [
      [oid, parse],
      [arrayOid, (text: string) => arrayOf(text, parse)],
    ]),
  )
  return {
    getTypeParser(oid: number, format?: string): Parse {
      const own = format === 'binary' ? undefined : parsers.get(oid)
      return own ?? (pg.types.getTypeParser(oid, format === 'binary' ? 'binary' : 'text') as Parse)
    },
  }
}

/** Given to each client: nothing global is changed. */
export const typeParsers = parsersOf(scalars)
/** Given to a query whose answer leaves as JSON. */
export const isoTypeParsers = parsersOf(isoScalars)

function asIs(text: string): string {
  return text
}

export function parseInt8(text: string): number | string {
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : text
}

const instant = /^(\d{4,})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d+))?([+-])(\d\d)(?::?(\d\d))?(?::?(\d\d))?( BC)?$/

export function parseTimestamptz(text: string): number | string {
  if (text === 'infinity') return Number.POSITIVE_INFINITY
  if (text === '-infinity') return Number.NEGATIVE_INFINITY
  const match = instant.exec(text)
  if (match === null) return text
  const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHours = '0', offsetMinutes = '0', offsetSeconds = '0', bc] =
    match
  const date = new Date(0)
  date.setUTCFullYear(bc === undefined ? Number(year) : 1 - Number(year), Number(month) - 1, Number(day))
  date.setUTCHours(Number(hour), Number(minute), Number(second), Number(fraction.padEnd(3, '0').slice(0, 3)))
  const offset = Number(offsetHours) * 3600 + Number(offsetMinutes) * 60 + Number(offsetSeconds)
  return date.getTime() - (sign === '-' ? -offset : offset) * 1000
}

/** `2026-01-02T03:04:05.120Z`, with microseconds where there are any. What `Date` does not reach stays as PostgreSQL prints it. */
function isoInstant(text: string): string {
  const ms = parseTimestamptz(text)
  if (typeof ms !== 'number' || !Number.isFinite(ms) || Number.isNaN(ms)) return text.replace(/\+00(?= BC$|$)/, '')
  const below = (/\.(\d+)/.exec(text)?.[1] ?? '').padEnd(6, '0').slice(3, 6)
  const iso = new Date(ms).toISOString()
  return below === '000' ? iso : iso.replace('Z', `${below}Z`)
}

const interval = /^(?:([+-]?\d+) years?)? ?(?:([+-]?\d+) mons?)? ?(?:([+-]?\d+) days?)? ?(?:([+-])?(\d+):(\d\d):(\d\d)(?:\.(\d+))?)?$/

/** `P1Y2M3DT4H5M6.5S`, of an interval as PostgreSQL prints it unless it is told otherwise. */
function isoInterval(text: string): string {
  const match = interval.exec(text)
  if (match === null) return text
  const [, years, months, days, sign = '', hours, minutes, seconds, fraction = ''] = match
  const part = (value: string | undefined, unit: string): string => (Number(value ?? 0) === 0 ? '' : `${Number(value)}${unit}`)
  const below = fraction.replace(/0+$/, '')
  const second = Number(seconds ?? 0) === 0 && below === '' ? '' : `${Number(seconds)}${below === '' ? '' : `.${below}`}S`
  const date = [part(years, 'Y'), part(months, 'M'), part(days, 'D')].join('')
  const time = [part(hours, 'H'), part(minutes, 'M'), second].map((each) => (each === '' ? '' : `${sign.replace('+', '')}${each}`)).join('')
  return date === '' && time === '' ? 'PT0S' : `P${date}${time === '' ? '' : `T${time}`}`
}

function base64(text: string): string {
  return Buffer.from(text.slice(2), 'hex').toString('base64')
}

/** The driver's own array parser; its published type describes a later version. */
const { create } = pg.types.arrayParser as unknown as {
  create(text: string, transform: (entry: string | null) => unknown): { parse(): unknown[] }
}

function arrayOf(text: string, parse: Parse): unknown[] {
  return create(text, (entry) => (entry === null ? null : parse(entry))).parse()
}
