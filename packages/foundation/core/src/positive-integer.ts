import { configErrors } from './general-errors.ts'
import type { Json } from './json.ts'

/**
 * A whole number from 1, as a setting or a parameter gives it: a number, or its text. `what` names it in the error: `number of assets`.
 * @throws `config.invalid`
 */
export function positiveInteger(value: Json, what: string, next: string): number {
  const number = typeof value === 'number' || (typeof value === 'string' && value.trim() !== '') ? Number(value) : Number.NaN
  if (Number.isSafeInteger(number) && number > 0) return number
  throw configErrors.invalid(`${JSON.stringify(value)} is not a ${what}`, { next })
}
