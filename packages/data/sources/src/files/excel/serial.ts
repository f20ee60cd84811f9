import type { Shown } from './number-format.ts'

const dayMs = 86_400_000
/** Of 9999-12-31, the last day that Excel shows. */
const lastDay = { 1900: 2_958_465, 1904: 2_957_003 } as const

/**
 * The text of a number that is shown as a date or a time: ISO 8601, to the millisecond, which is as fine as Excel shows. Nothing that the
 * number has is left out where its format hides it. Days of the 1900 system count 29 February 1900, which was not: its text is a day that
 * no calendar has. What Excel cannot show as a date (a negative number) stays a number.
 */
export function textOfSerial(serial: number, shown: Exclude<Shown, 'number'>, epoch: 1900 | 1904): string {
  if (shown === 'duration') return durationOf(serial)
  if (!(serial >= 0 && serial < lastDay[epoch] + 1)) return String(serial)
  let [day, ms] = [Math.floor(serial), Math.round((serial - Math.floor(serial)) * dayMs)]
  if (ms === dayMs) [day, ms] = [day + 1, 0]
  const isTimeAlone = day === 0 && (epoch === 1900 || shown === 'time')
  if (isTimeAlone && shown !== 'date') return timeOf(ms)
  const date = dateOf(day, epoch)
  return ms === 0 && shown === 'date' ? date : `${date}T${timeOf(ms)}`
}

/** A column of dates has few days: each is written once. */
const dates = { 1900: new Map<number, string>(), 1904: new Map<number, string>() }
const mostDates = 10_000

function dateOf(day: number, epoch: 1900 | 1904): string {
  const known = dates[epoch].get(day)
  if (known !== undefined) return known
  const text = writtenDate(day, epoch)
  if (dates[epoch].size < mostDates) dates[epoch].set(day, text)
  return text
}

function writtenDate(day: number, epoch: 1900 | 1904): string {
  if (epoch === 1900 && day === 60) return '1900-02-29'
  if (epoch === 1900 && day === 0) return '1900-01-00'
  const first = epoch === 1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, day < 60 ? 31 : 30)
  return new Date(first + day * dayMs).toISOString().slice(0, 10)
}

const twos = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'))
const two = (value: number): string => twos[value] ?? String(value)

function timeOf(ms: number): string {
  const [seconds, below] = [Math.floor(ms / 1_000), ms % 1_000]
  const text = `${two(Math.floor(seconds / 3_600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  return below === 0 ? text : `${text}.${String(below).padStart(3, '0')}`
}

/** `PT36H15M`: hours are not carried into days. */
function durationOf(serial: number): string {
  const ms = Math.round(Math.abs(serial) * dayMs)
  if (!Number.isSafeInteger(ms)) return String(serial)
  const sign = serial < 0 && ms > 0 ? '-' : ''
  const [hours, minutes, seconds] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, (ms % 60_000) / 1_000]
  const parts = [hours === 0 ? '' : `${hours}H`, minutes === 0 ? '' : `${minutes}M`, seconds === 0 ? '' : `${seconds}S`].join('')
  return `${sign}PT${parts === '' ? '0S' : parts}`
}
