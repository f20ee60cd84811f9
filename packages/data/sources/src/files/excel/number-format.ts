/** How a number is shown, as far as it says what the number is. */
export type Shown = 'number' | 'date' | 'time' | 'date and time' | 'duration'

/** Those that have a number instead of a text (ECMA-376 part 1, 18.8.30); 27 to 36 and 50 to 58 are those of East Asia. */
const builtIn: readonly (readonly [first: number, last: number, shown: Shown])[] = [
  [14, 17, 'date'],
  [18, 21, 'time'],
  [22, 22, 'date and time'],
  [27, 31, 'date'],
  [32, 35, 'time'],
  [36, 36, 'date'],
  [45, 45, 'time'],
  [46, 46, 'duration'],
  [47, 47, 'time'],
  [50, 54, 'date'],
  [55, 56, 'time'],
  [57, 58, 'date'],
]

export const shownByNumber = (id: number): Shown => builtIn.find(([first, last]) => id >= first && id <= last)?.[2] ?? 'number'

/** What stands for itself: texts in quotes, characters behind `\`, `_` and `*`, conditions, colours, languages. */
const literals = /"[^"]*"?|[\\_*].|\[(?!(?:h+|m+|s+)\])[^\]]*\]?/gi

/** By the first section of the format: the others are those of negative numbers, zero and text. */
export function shownByFormat(format: string): Shown {
  const codes = (format.replace(literals, '').split(';')[0] ?? '').toLowerCase().replace(/general/g, '')
  if (/\[[hms]+\]/.test(codes)) return 'duration'
  const isTime = /h|s|am\/pm|a\/p/.test(codes.replace(/[yd]/g, ''))
  // `m` is a minute where an hour or a second stands, and no day or year.
  const isDate = /[yd]/.test(codes) || (/m/.test(codes) && !isTime)
  // Scientific notation and fractions have digits; dates have none but those of a second's parts.
  if (!isTime && !isDate) return 'number'
  if (isTime && isDate) return 'date and time'
  return isTime ? 'time' : 'date'
}
