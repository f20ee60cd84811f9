import type { SluiceError } from '@sluice/core'
import { fileErrors } from '../../errors.ts'
import type { FileAtHand } from '../reader.ts'
import type { DateForm } from './date-forms.ts'

export function ambiguousNumber({ name }: FileAtHand, column: string, line: number, text: string): SluiceError {
  const digits = text.replace(/[^0-9.,]/g, '')
  const readings = [digits.replaceAll(/[.,]/g, ''), digits.replace(',', '.')]
  return fileErrors.ambiguous(
    `${name}, line ${line}, column "${column}": "${text}" may be ${readings[0]} or ${readings[1]}, and no other number says which`,
    {
      facts: { file: name, line, column, text, readings, declare: ['.', ','] },
      next: "Say the mark before the fraction: decimal: '.' or decimal: ','.",
    },
  )
}

export function ambiguousDate({ name }: FileAtHand, column: string, line: number, text: string, forms: readonly DateForm[]): SluiceError {
  const readings = [...new Map(forms.map((form) => [form.read(text), form.patterns[0]?.pattern ?? ''])).entries()].filter(
    ([date]) => date !== undefined,
  )
  const dates = readings.map(([date]) => date)
  return fileErrors.ambiguous(
    `${name}, line ${line}, column "${column}": "${text}" may be ${dates.join(' or ')}, and no other date says which`,
    {
      facts: { file: name, line, column, text, readings: dates, declare: readings.map(([, pattern]) => pattern) },
      next: `Say the form of the dates: ${readings.map(([, pattern]) => `dates: { ${JSON.stringify(column)}: '${pattern}' }`).join(' or ')}.`,
    },
  )
}
