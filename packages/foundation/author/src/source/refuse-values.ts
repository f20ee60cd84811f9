import { refused } from '../base/faults.ts'
import { aText, refuseOther, refuseOtherList, refuseOtherMembers, refuseOtherValues, refuseOtherWords, type Wanted } from '../base/shape.ts'
import { compressions, encodings } from './bytes.ts'
import { dateFormAdvice, dateFormFault } from './date-form.ts'

const words: Readonly<Record<string, readonly string[]>> = { compression: compressions, encoding: encodings, decimal: ['.', ','] }

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
const endsLines = (text: string): boolean => ['\r', '\n', '\0'].some((end) => text.includes(end))
/** Bytes of a file are looked at one by one: a mark beyond ASCII has several. */
const aMark: Wanted = {
  is: (value) => value === '' || (typeof value === 'string' && /^\p{ASCII}$/u.test(value) && !endsLines(value)),
  called: "one character of ASCII, or ''",
}
const aDelimiter: Wanted = {
  is: (value) => isText(value) && !endsLines(value),
  called: "text such as ';' or '\\t', without line ends",
}
const aCount: Wanted = { is: (value) => Number.isSafeInteger(value) && Number(value) >= 0, called: 'a whole number of at least 0' }
const aSheet: Wanted = {
  is: (value) => isText(value) || (Number.isSafeInteger(value) && Number(value) >= 1),
  called: 'the name of a sheet, or its place from 1',
}
const aRange: Wanted = { is: isText, called: "cells such as 'B3:F200', or the name of a range" }
const aPattern: Wanted = { is: isText, called: "a form of dates such as 'dd/MM/yyyy'" }
const aLanguage: Wanted = {
  is: (value) => isText(value) && stands(() => Intl.getCanonicalLocales(value)),
  called: "a language such as 'de'",
}
const aZone: Wanted = {
  is: (value) => isText(value) && stands(() => new Intl.DateTimeFormat('en', { timeZone: value })),
  called: "a time zone such as 'Europe/Paris'",
}

const values: Readonly<Record<string, Wanted>> = {
  delimiter: aDelimiter,
  quote: aMark,
  escape: aMark,
  skip: aCount,
  comment: aText,
  sheet: aSheet,
  range: aRange,
  language: aLanguage,
  timeZone: aZone,
}

/** The values of options that several formats have, and of those of one that stand alone. @throws `definition.invalid` */
export function refuseOddValues(where: string, options: object): void {
  const of = options as Readonly<Partial<Record<string, unknown>>>
  for (const [option, known] of Object.entries(words)) if (of[option] !== undefined) refuseOtherWords(where, option, of[option], known)
  refuseOtherValues(where, options, values)
  if (of.nulls !== undefined) refuseOtherList(where, 'nulls', of.nulls, aText)
  if (Array.isArray(of.header) && of.header.length === 0)
    throw refused(where, 'header names no column', 'Name each column, or write false.')
  if (of.header !== undefined && typeof of.header !== 'boolean') refuseOtherList(where, 'header', of.header, aText)
  refuseOddDates(where, of.dates)
}

function refuseOddDates(where: string, dates: unknown): void {
  if (dates === undefined) return
  const byColumn = typeof dates === 'object' && dates !== null
  if (byColumn) refuseOtherMembers(where, 'dates', dates, aPattern)
  else refuseOther(where, 'dates', dates, aPattern)
  const forms = byColumn ? Object.entries(dates).map(([name, form]) => [`dates.${name}`, form]) : [['dates', dates]]
  for (const [option, form] of forms) {
    const fault = dateFormFault(String(form))
    if (fault !== undefined) throw refused(where, `${option} is "${form}", which is not a form of dates: ${fault}`, dateFormAdvice)
  }
}

function stands(make: () => unknown): boolean {
  try {
    make()
    return true
  } catch {
    return false
  }
}
