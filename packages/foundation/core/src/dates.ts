import { type Instant, parseInstant } from './instant.ts'

/** How people of one language read days and times. */
export interface Dates {
  /** `samedi 28 novembre 2026`, of a day as data has it (`2026-11-28`) or of the day of an instant in a zone. */
  readonly longDay: (day: string | Instant, timeZone?: string) => string
  /** `samedi 28 novembre 2026 à 18:30`, read from the clocks of a zone. */
  readonly longMoment: (at: Instant, timeZone: string) => string
  /** `28 nov., 18:30 (Paris)`: a moment with the city whose clock it is read from. */
  readonly moment: (at: Instant, timeZone: string) => string
}

/** Days and times in the writing of a locale, such as `fr-FR`. For people only. */
export function datesIn(locale: string): Dates {
  const written = (at: Instant, timeZone: string, options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat(locale, { ...options, timeZone }).format(at)
  return {
    longDay: (day, timeZone = 'UTC') =>
      written(typeof day === 'string' ? (parseInstant(day) ?? Number.NaN) : day, timeZone, { dateStyle: 'full' }),
    longMoment: (at, timeZone) => written(at, timeZone, { dateStyle: 'full', timeStyle: 'short' }),
    moment: (at, timeZone) => {
      const [day, time] = [
        written(at, timeZone, { day: 'numeric', month: 'short' }),
        written(at, timeZone, { hour: '2-digit', minute: '2-digit' }),
      ]
      return `${day}, ${time} (${timeZone.split('/').at(-1)?.replaceAll('_', ' ')})`
    },
  }
}
