import { durationMs, isSluiceError } from '@sluice/core'
import { refused } from './faults.ts'

/** A span of time in milliseconds. @throws `definition.invalid`, with the option that holds it */
export function spanMs(where: string, option: string, value: unknown): number {
  try {
    return durationMs(value as string)
  } catch (thrown) {
    if (!isSluiceError(thrown)) throw thrown
    throw refused(where, `${option}: ${thrown.message}`, thrown.next ?? "Write a number with its unit: '10m'.")
  }
}
