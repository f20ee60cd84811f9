import { parseInstant } from '@sluice/core'

/** The command line itself is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new UsageError(`"${text}" is not a whole number`)
}

/** A decimal number, such as 0.5. */
export function plainNumber(text: string): number {
  if (/^-?\d{1,15}(?:\.\d{1,15})?$/.test(text)) return Number(text)
  throw new UsageError(`"${text}" is not a number`)
}

/** Epoch milliseconds of an ISO-8601 text; now without one. */
export function instantOf(text: string | undefined): number {
  if (text === undefined) return Date.now()
  const instant = parseInstant(text)
  if (instant === undefined) throw new UsageError(`"${text}" is not a time: write 2026-11-20 or 2026-11-20T12:30:00Z`)
  return instant
}
