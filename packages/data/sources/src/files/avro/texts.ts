import type { Unit } from './schema.ts'

/** Texts of values that have a meaning, as the judge reads them. Whole numbers come as `bigint` where a double does not hold them all. */

const dayMs = 86_400_000
const twos = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'))
const two = (value: number): string => twos[value] ?? String(value)

/** A column of dates has few days: each is written once. */
const days = new Map<number, string>()
const mostDays = 10_000

/** Of a day since 1970. What JavaScript cannot date stays a number. */
export const dayText = (day: number): string => datedText(day) ?? String(day)

/** `+010000-01-01` beyond the year 9999, as ISO 8601 has it. */
function datedText(day: number): string | undefined {
  const known = days.get(day)
  if (known !== undefined) return known
  const date = new Date(day * dayMs)
  if (Number.isNaN(date.getTime())) return undefined
  const text = date.toISOString().split('T')[0] ?? ''
  if (days.size < mostDays) days.set(day, text)
  return text
}

/** Of parts of a second since 1970: `2024-02-29T01:02:03.456Z`, with as many digits as there are, three at a time. */
export function instantText(value: bigint | number, unit: Unit, isUtc: boolean): string {
  const perDay = dayMs * 10 ** (unit - 3)
  let day: number
  let part: number
  if (typeof value === 'number') {
    day = Math.floor(value / perDay)
    part = value - day * perDay
  } else {
    const divisor = BigInt(perDay)
    const rest = ((value % divisor) + divisor) % divisor
    day = Number((value - rest) / divisor)
    part = Number(rest)
  }
  const date = datedText(day)
  return date === undefined ? String(value) : `${date}T${timeText(part, unit)}${isUtc ? 'Z' : ''}`
}

/** Of parts of a second since midnight. */
export function timeText(value: number, unit: Unit): string {
  const perSecond = 10 ** unit
  const seconds = Math.floor(value / perSecond)
  const below = value - seconds * perSecond
  if (value < 0 || seconds >= 86_400) return String(value)
  const text = `${two(Math.floor(seconds / 3_600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  if (below === 0) return text
  let [shown, digits] = [below, unit as number]
  while (shown % 1_000 === 0) [shown, digits] = [shown / 1_000, digits - 3]
  return `${text}.${String(shown).padStart(digits, '0')}`
}

/** Of a whole number in two's complement, the point moved through its digits. */
export function decimalText(bytes: Buffer, scale: number): string {
  if (bytes.length === 0) return '0'
  if (bytes.length <= 6) {
    const value = bytes.readIntBE(0, bytes.length)
    return pointed(value < 0 ? '-' : '', String(Math.abs(value)), scale)
  }
  let value = BigInt(`0x${bytes.toString('hex')}`)
  if ((bytes[0] ?? 0) >= 0x80) value -= 1n << BigInt(bytes.length * 8)
  return pointed(value < 0n ? '-' : '', String(value < 0n ? -value : value), scale)
}

function pointed(sign: string, whole: string, scale: number): string {
  const digits = whole.padStart(scale + 1, '0')
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** Months, days and milliseconds, of which none is carried into another. */
export function durationText(bytes: Buffer): string {
  const [months, days, ms] = [bytes.readUInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8)]
  const date = `${months === 0 ? '' : `${months}M`}${days === 0 ? '' : `${days}D`}`
  const time = ms === 0 ? '' : `T${ms / 1_000}S`
  return date === '' && time === '' ? 'PT0S' : `P${date}${time}`
}

export const uuidText = (bytes: Buffer): string => bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
