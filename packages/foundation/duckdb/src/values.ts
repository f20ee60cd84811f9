import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBIntervalValue,
  DuckDBMapValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
  type DuckDBValueConverter,
  type Json,
  JsonDuckDBValueConverter,
} from '@duckdb/node-api'

/** A value that survives JSON unchanged: the platform's rule for what leaves the engine. */
export type JsonValue = Json

/**
 * One DuckDB value, safe for JSON: integers up to 2^53 are numbers, larger ones and decimals strings, instants ISO-8601 with `Z`
 * (milliseconds, or microseconds where there are any), dates `YYYY-MM-DD`, intervals ISO-8601 as PostgreSQL writes them
 * (`P1Y2M3DT4H5M6.5S`), binary base64, NaN and infinities their names, maps with text keys objects.
 */
export const toJson: DuckDBValueConverter<JsonValue> = (value, type, converter) => {
  if (typeof value === 'bigint') return integer(value)
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (value instanceof DuckDBTimestampTZValue || value instanceof DuckDBTimestampValue) return instant(value.micros, value.isFinite)
  if (value instanceof DuckDBTimestampMillisecondsValue) return instant(value.millis * 1000n, value.isFinite)
  if (value instanceof DuckDBTimestampSecondsValue) return instant(value.seconds * 1_000_000n, value.isFinite)
  if (value instanceof DuckDBTimestampNanosecondsValue) return instant(value.nanos / 1000n, value.isFinite)
  if (value instanceof DuckDBDateValue) return value.isFinite ? value.toString() : value.days > 0 ? 'infinity' : '-infinity'
  if (value instanceof DuckDBIntervalValue) return interval(value)
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64')
  if (value instanceof DuckDBMapValue) return textKeyed(value, type, converter) ?? JsonDuckDBValueConverter(value, type, converter)
  return JsonDuckDBValueConverter(value, type, converter)
}

function integer(value: bigint): number | string {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString()
}

/** ECMAScript dates end at the year 275760, DuckDB's at 294247: beyond, DuckDB's own text. */
function instant(micros: bigint, finite: boolean): string {
  const date = new Date(Number(micros / 1000n) - (micros % 1000n < 0n ? 1 : 0))
  if (!finite || Number.isNaN(date.getTime())) return new DuckDBTimestampValue(micros).toString()
  const below = ((micros % 1000n) + 1000n) % 1000n
  return below === 0n ? date.toISOString() : date.toISOString().replace('Z', `${below.toString().padStart(3, '0')}Z`)
}

/** Days are not 24 hours, nor months 30 days: neither is carried into the other. */
function interval({ months, days, micros }: DuckDBIntervalValue): string {
  const [size, sign] = micros < 0n ? [-micros, '-'] : [micros, '']
  const [seconds, below] = [(size / 1_000_000n) % 60n, size % 1_000_000n]
  const fraction = below === 0n ? '' : `.${below.toString().padStart(6, '0').replace(/0+$/, '')}`
  const part = (value: number | bigint, unit: string): string => (Number(value) === 0 ? '' : `${value}${unit}`)
  const date = `${part(Math.trunc(months / 12), 'Y')}${part(months % 12, 'M')}${part(days, 'D')}`
  const hours = `${part(size / 3_600_000_000n, 'H')}`
  const minutes = `${part((size / 60_000_000n) % 60n, 'M')}`
  const second = seconds === 0n && below === 0n ? '' : `${seconds}${fraction}S`
  const time = [hours, minutes, second].map((each) => (each === '' ? '' : `${sign}${each}`)).join('')
  return date === '' && time === '' ? 'PT0S' : `P${date}${time === '' ? '' : `T${time}`}`
}

function textKeyed(value: DuckDBMapValue, type: DuckDBType, converter: DuckDBValueConverter<JsonValue>): JsonValue | undefined {
  if (!('valueType' in type)) return undefined
  const valueType = type.valueType as DuckDBType
  const entries: [string, JsonValue][] = []
  for (const entry of value.entries) {
    if (typeof entry.key !== 'string') return undefined
    entries.push([entry.key, converter(entry.value, valueType, converter)])
  }
  return Object.fromEntries(entries)
}

/** What a statement takes as a parameter. A bigint binds as a 128 bit integer, a number as integer or double by its value. */
export type Parameter = DuckDBValue
export type Parameters = readonly Parameter[] | Readonly<Record<string, Parameter>>
