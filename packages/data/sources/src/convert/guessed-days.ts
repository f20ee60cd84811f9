import { type CellConventions, type FileFormat, formatOptions } from '@sluice/author'
import { datePattern } from '../files/cells/date-pattern.ts'
import { isNull, nullsOf } from '../files/cells/nulls.ts'
import type { FileColumn } from '../files/reader.ts'

export const guessedForm = 'yyyyMMdd'

/** Columns of whole numbers that are taken for days, since they are called so; and one number of each. */
export type GuessedDays = ReadonlyMap<string, string>

const called = /(?:^|[^\p{L}])(?:d|dt|ymd|on|dia|tag|dag)$|(?:day|date|datum|jour|fecha|data|giorno|dato)s?$/iu

/** Numbers such as 20260301 below a name that speaks of a day. Pure. @param texts of each column */
export function guessedDays(columns: readonly FileColumn[], texts: readonly (readonly string[])[], format: FileFormat): GuessedDays {
  if (!formatOptions[format.kind].includes('dates') || ('dates' in format && format.dates !== undefined)) return new Map()
  const nulls = nullsOf(format as CellConventions, 'date')
  const pattern = datePattern(guessedForm, 'en', '')
  const isDay = (text: string): boolean => /^\s*(?:19|20)\d{6}\s*$/.test(text) && pattern.read(text) !== undefined
  return new Map(
    columns.flatMap(({ name, type }, at) => {
      const values = (texts[at] ?? []).filter((text) => !isNull(text, nulls))
      const [first] = values
      return type === 'VARCHAR' && first !== undefined && isSpoken(name) && values.every(isDay) ? [[name, first.trim()] as const] : []
    }),
  )
}

/** `soldOn` as `sold on`. */
const isSpoken = (name: string): boolean => called.test(name.trim().replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2'))

/** What is told of such a column. */
export const dayInstead = ([name, text]: readonly [string, string]): string =>
  `${JSON.stringify(name)} is guessed to be days, written ${guessedForm}: ${text} would be ${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}. Where these are numbers, declare it as integer(), and its form of dates not.`
