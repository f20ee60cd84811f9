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

const parsers = new Map<number, Parse>(
  scalars.flatMap(([oid, arrayOid, parse]) => [
    [oid, parse],
    [arrayOid, (text: string) => arrayOf(text, parse)],
  ]),
)

/** Given to each client: nothing global is changed. */
export const typeParsers: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: string): Parse {
    const own = format === 'binary' ? undefined : parsers.get(oid)
    return own ?? (pg.types.getTypeParser(oid, format === 'binary' ? 'binary' : 'text') as Parse)
  },
}

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

/** The driver's own array parser; its published type describes a later version. */
const { create } = pg.types.arrayParser as unknown as {
  create(text: string, transform: (entry: string | null) => unknown): { parse(): unknown[] }
}

function arrayOf(text: string, parse: Parse): unknown[] {
  return create(text, (entry) => (entry === null ? null : parse(entry))).parse()
}
