import type { CellConventions } from '@sluice/author'
import type { SampleOfCells } from '../files/cells/conventions.ts'
import { findDates, isIso } from '../files/cells/dates.ts'
import { isNull, nullsOf } from '../files/cells/nulls.ts'
import { isNumberOfSomeStyle } from '../files/cells/numbers.ts'
import type { WantedKind } from '../files/reader.ts'
import { areMost } from './propose-types.ts'

/** A number that begins with 0 is a name: as a number it would lose that. */
const isName = (text: string): boolean => /^\s*[-+]?0\d+\s*$/.test(text)
const hasTime = (text: string): boolean => /\d:\d{2}/.test(text)

/** What most texts of a column are, in whatever convention; `undefined`: texts, or documents. Pure. */
export function likelyKind(
  sample: readonly SampleOfCells[],
  at: number,
  format: CellConventions,
  file: string,
): Exclude<WantedKind, 'text' | 'json'> | undefined {
  const nulls = nullsOf(format, 'number')
  const texts = sample.flatMap(({ cells }) => cells[at] ?? []).filter((text) => !isNull(text, nulls))
  const most = (count: number): boolean => areMost(count, texts.length)
  if (most(texts.filter((text) => /^(?:true|false)$/i.test(text)).length)) return 'boolean'
  const numbers = texts.some(isName) ? 0 : texts.filter(isNumberOfSomeStyle).length
  if (numbers === texts.length && most(numbers)) return 'number'
  const kind = most(texts.filter(hasTime).length) ? 'timestamp' : 'date'
  const dates = datesAmong(texts, format, kind, file)
  if (most(dates) && dates > numbers) return kind
  return most(numbers) ? 'number' : undefined
}

function datesAmong(texts: readonly string[], format: CellConventions, kind: 'date' | 'timestamp', file: string): number {
  // Nothing without a digit is a date, and few things are that are long.
  if (!areMost(texts.filter((text) => /\d/.test(text) && text.length <= 60).length, texts.length)) return 0
  const found = findDates(texts, true, format, kind, file)
  if (found.kind === 'asTheyAre') return texts.filter(isIso).length
  const forms = found.kind === 'patterns' ? found.patterns : found.forms.slice(0, 1)
  return texts.filter((text) => isIso(text) || forms.some((form) => form.read(text) !== undefined)).length
}
