import type { Logger } from '@sluice/author'
import type { ErrorRecord } from '@sluice/core'

/** Shorter values would blank half of every text and protect nothing. */
const shortest = 4

export type Mask = (text: string) => string

/** Replaces secret values by `***`, as they are and as they look inside JSON and URLs. */
export function maskOf(secrets: readonly string[]): Mask {
  const forms = new Set<string>()
  for (const secret of secrets) {
    if (secret.length < shortest) continue
    forms.add(secret)
    forms.add(JSON.stringify(secret).slice(1, -1))
    forms.add(encodeURIComponent(secret))
  }
  if (forms.size === 0) return (text) => text
  const longestFirst = [...forms].sort((a, b) => b.length - a.length)
  const pattern = new RegExp(longestFirst.map((form) => form.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'g')
  return (text) => text.replaceAll(pattern, '***')
}

/** The same for the record of an error. Facts that JSON cannot hold are left out. */
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
