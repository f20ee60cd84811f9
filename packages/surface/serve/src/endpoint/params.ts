import type { Json } from '@sluice/core'
import { UsageError } from './usage.ts'

/** `name=value` pairs as they stand: the database reads a value as what its place wants. */
export const textParams = (pairs: readonly string[]): Readonly<Record<string, string>> => Object.fromEntries(pairs.map(pairOf))

/** `key=value` pairs; a value that reads as JSON is that, any other is text. Integers that a number cannot hold stay text. */
export function parseParams(pairs: readonly string[]): Readonly<Record<string, Json>> {
  return Object.fromEntries(pairs.map(pairOf).map(([key, value]) => [key, parsedValue(value)]))
}

function pairOf(pair: string): readonly [string, string] {
  const at = pair.indexOf('=')
  if (at < 1) throw new UsageError(`--param "${pair}" is not key=value`)
  return [pair.slice(0, at), pair.slice(at + 1)]
}

function parsedValue(text: string): Json {
  try {
    const value = JSON.parse(text) as Json
    return typeof value === 'number' && String(value) !== text ? text : value
  } catch {
    return text
  }
}
