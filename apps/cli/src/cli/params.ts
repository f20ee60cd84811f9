import type { Json } from '@sluice/core'
import { UsageError } from './given.ts'

/** `key=value` pairs; a value that reads as JSON is that, any other is text. Integers that a number cannot hold stay text. */
export function parseParams(pairs: readonly string[]): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw new UsageError(`--param "${pair}" is not key=value`)
      return [pair.slice(0, at), parsedValue(pair.slice(at + 1))]
    }),
  )
}

function parsedValue(text: string): Json {
  try {
    const value = JSON.parse(text) as Json
    return typeof value === 'number' && String(value) !== text ? text : value
  } catch {
    return text
  }
}
