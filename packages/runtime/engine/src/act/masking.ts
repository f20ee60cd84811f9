import type { Logger } from '@sluice/author'
import type { ErrorRecord, Json, Mask, Receipt } from '@sluice/core'

/** The record of an error without secrets. Facts that JSON cannot hold are left out. */
export function maskError(mask: Mask, error: ErrorRecord): ErrorRecord {
  const { facts, ...rest } = error
  const text = facts === undefined ? undefined : jsonOf(facts)
  return maskValue(mask, text === undefined ? rest : { ...rest, facts: JSON.parse(text) as object }) as ErrorRecord
}

function jsonOf(facts: object): string | undefined {
  try {
    return JSON.stringify(facts)
  } catch {
    return undefined
  }
}

/** What a sink says of a batch may hold what the source said. Names and identities stay: by them a batch is found. */
export const maskReceipt = (mask: Mask, receipt: Receipt): Receipt =>
  receipt.reason === null ? receipt : { ...receipt, reason: mask(receipt.reason) }

/** The output of a task without secrets; the same value where there was none. */
export function maskOutput(mask: Mask, output: Json | undefined): Json | undefined {
  if (output === undefined) return undefined
  const text = JSON.stringify(output)
  // Numbers that spell a secret are found in their text, too.
  return mask(text) === text ? output : (maskValue(mask, output) as Json)
}

/** A logger whose lines hold no secret. Facts are masked as a log keeps them. */
export function maskedLogger(mask: Mask, log: Logger): Logger {
  const at =
    (level: keyof Logger) =>
    (message: string, facts?: Readonly<Record<string, unknown>>): void => {
      if (facts === undefined) log[level](mask(message))
      else log[level](mask(message), maskValue(mask, facts) as Readonly<Record<string, unknown>>)
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** Texts and names in a value, numbers that spell a secret, errors by their text. */
function maskValue(mask: Mask, value: unknown, above: ReadonlySet<unknown> = new Set()): unknown {
  if (typeof value === 'string') return mask(value)
  if (typeof value === 'number') return mask(String(value)) === String(value) ? value : mask(String(value))
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (above.has(value)) return '(circular)'
  const within = new Set([...above, value])
  if (Array.isArray(value)) return value.map((part) => maskValue(mask, part, within))
  if (value instanceof Error) return maskValue(mask, { name: value.name, message: value.message, stack: value.stack }, within)
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [mask(name), maskValue(mask, part, within)]))
}
