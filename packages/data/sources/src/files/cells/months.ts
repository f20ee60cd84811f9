/** The names of months in a language, in small letters and without a point: what a date may have for each, from January. */
export function monthNames(language: string): readonly (readonly string[])[] {
  const places = language === 'en' ? ['en', 'en-GB'] : [language]
  const formats = places.flatMap((place) =>
    (['long', 'short'] as const).flatMap((month) => [
      new Intl.DateTimeFormat(place, { month, timeZone: 'UTC' }),
      new Intl.DateTimeFormat(place, { day: 'numeric', month, year: 'numeric', timeZone: 'UTC' }),
    ]),
  )
  return Array.from({ length: 12 }, (_, month) => {
    const date = new Date(Date.UTC(2026, month, 15))
    const names = formats.flatMap((format) => format.formatToParts(date).flatMap(({ type, value }) => (type === 'month' ? [value] : [])))
    const all = names.map((name) => name.toLowerCase().replace(/\.$/, ''))
    // Three letters of a long name are written in many languages.
    return [...new Set([...all, ...(/^\p{L}{4,}$/u.test(all[0] ?? '') ? [[...(all[0] ?? '')].slice(0, 3).join('')] : [])])].filter((name) =>
      /\p{L}/u.test(name),
    )
  })
}

/** Name -> month, from 1. A beginning that two months share (`jui`) is left out. */
export function monthNumbers(language: string): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>()
  const shared = new Set<string>()
  for (const [at, names] of monthNames(language).entries()) {
    for (const name of names) {
      if (numbers.has(name)) shared.add(name)
      numbers.set(name, at + 1)
    }
  }
  for (const name of shared) numbers.delete(name)
  return numbers
}

/** Looked through where no language is declared. */
export const languages = ['en', 'fr', 'de', 'es', 'it', 'pt', 'nl', 'pl', 'sv', 'da', 'nb', 'fi', 'cs', 'ro', 'tr', 'hu'] as const
