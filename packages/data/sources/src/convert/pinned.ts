import { type FileFormat, formatOptions } from '@sluice/author'
import type { Json } from '@sluice/core'
import { datePattern } from '../files/cells/date-pattern.ts'
import type { Found } from '../files/reader.ts'

/** What was found that is as usual is not written down. */
const usual: Readonly<Record<string, Json>> = { encoding: 'utf-8', quote: '"', header: true, skip: 0, language: 'en' }

/** In the order in which people say it. */
const first = ['sheet', 'rows', 'delimiter', 'encoding', 'decimal', 'dates'] as const

/** What a format finds by itself each time, and means the same. */
const never = new Set(['compression', 'nulls', 'fields', 'timeZone'])

/** A format with what was found of a file, so that the next file is read as this one. Pure. */
export function pinnedFormat(format: FileFormat, found: Found): FileFormat {
  const pinned: Record<string, unknown> = {}
  for (const option of new Set([...first, ...formatOptions[format.kind]])) {
    if (!formatOptions[format.kind].includes(option)) continue
    const value = found[option]
    if (
      value === undefined ||
      value === null ||
      never.has(option) ||
      value === usual[option] ||
      isByColumn(option, value) ||
      isRow(option, value)
    )
      continue
    pinned[option] = option === 'dates' ? oneForAll(value) : value
  }
  return { ...pinned, ...format } as FileFormat
}

/** The header of a sheet is found with its row: below titles the range says where it is. */
const isRow = (option: string, value: Json): boolean => option === 'header' && typeof value === 'number'

/** Numbers of one file with two marks are found column by column; they cannot be declared. */
const isByColumn = (option: string, value: Json): boolean => option !== 'dates' && typeof value === 'object' && !Array.isArray(value)

function oneForAll(dates: Json): Json {
  const forms = [...new Set(Object.values(dates as Readonly<Record<string, string>>))]
  return forms.length === 1 && forms[0] !== undefined && !forms[0].startsWith('epoch-') ? forms[0] : dates
}

/** `d/M/yyyy` as `dd/MM/yyyy` where each text is written so. */
export function paddedForm(form: string, texts: readonly string[], language: string): string {
  const padded = form
    .split(' | ')
    .map((pattern) => pattern.replace(/(?<![dM'])d(?![d'])/g, 'dd').replace(/(?<!M)M(?!M)/g, 'MM'))
    .join(' | ')
  if (padded === form || form.includes("'")) return form
  const reads = (pattern: string): ((text: string) => boolean) => {
    const patterns = pattern.split(' | ').map((each) => datePattern(each, language, ''))
    return (text) => patterns.some((each) => each.read(text) !== undefined)
  }
  const [one, other] = [reads(form), reads(padded)]
  return texts.every((text) => one(text) === other(text)) ? padded : form
}
