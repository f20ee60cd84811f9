import { change, type Inline, type Instant, numbersIn } from 'sluice'

export const { whole, price, amount, percent, signedPercent } = numbersIn('fr-FR', { missing: 'n/d' })

/** `samedi 28 novembre 2026`, of a day or of the day of an instant. */
export const longDay = (day: string | Instant, timeZone = 'UTC'): string => format(day, timeZone, { dateStyle: 'full' })
/** `18:30`. */
export const hourOf = (at: Instant, timeZone: string): string => format(at, timeZone, { hour: '2-digit', minute: '2-digit' })
/** `28 nov., 18:30 (Paris)`. */
export const shortMoment = (at: Instant, timeZone: string): string =>
  `${format(at, timeZone, { day: 'numeric', month: 'short' })}, ${hourOf(at, timeZone)} (${timeZone.split('/').pop()})`

const format = (at: string | Instant, timeZone: string, options: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat('fr-FR', { ...options, timeZone }).format(typeof at === 'string' ? Date.parse(at) : at)

/** `1 ligne`, `2 lignes`; none and one are singular. */
export const several = (count: number, one: string, more = `${one}s`): string => `${whole(count)} ${count < 2 ? one : more}`

/** `▲ 2,10 %`, coloured: the arrow says what the colour does. */
export function arrowed(value: number | string | null): Inline {
  const by = Number(value)
  if (value === null || Math.abs(by) < 0.005) return percent(value === null ? null : 0)
  return change(`${by > 0 ? '▲' : '▼'}\u00a0${percent(Math.abs(by))}`, by)
}
