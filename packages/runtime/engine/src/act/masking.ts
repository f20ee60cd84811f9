import type { Logger } from '@sluice/author'
import type { ErrorRecord, Json, Mask, Receipt } from '@sluice/core'

/** The record of an error without secrets. Facts that JSON cannot hold are left out. */
export function maskError(mask: Mask, error: ErrorRecord): ErrorRecord {
  const { facts, ...rest } = error
  const text = facts === undefined ? undefined : jsonOf(facts)
  const known = text === undefined ? rest : { ...rest, facts: JSON.parse(text) as object }
  return hideSpelled(mask, maskValue(mask, known)) as ErrorRecord
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
  return mask(text) === text ? output : (hideSpelled(mask, maskValue(mask, JSON.parse(text))) as Json)
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

/**
 * A value of JSON whose parts hold no secret, and that spells one as a whole, as a list of characters or bytes does: the smallest such part
 * becomes a text.
 */
function hideSpelled(mask: Mask, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !spells(mask, value)) return value
  const hidden = Array.isArray(value)
    ? value.map((part) => hideSpelled(mask, part))
    : Object.fromEntries(Object.entries(value).map(([name, part]) => [name, hideSpelled(mask, part)]))
  return spells(mask, hidden) ? mask(JSON.stringify(hidden)) : hidden
}

/** A word of JSON is not a secret, even where one is spelled like it. */
function spells(mask: Mask, value: object): boolean {
  const text = JSON.stringify(value, (_, part: unknown) => (typeof part === 'boolean' || part === null ? 0 : part))
  return mask(text) !== text
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
