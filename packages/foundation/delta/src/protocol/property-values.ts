import { DeltaError } from '../errors.ts'

export type Properties = Readonly<Record<string, string>>

const unitsMs: Readonly<Record<string, number>> = {
  millisecond: 1,
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
}

/**
 * A table property that is a length of time (`interval 7 days`, `2 weeks 12 hours`), in milliseconds. Months and years have no length and are
 * refused. Throws `property.invalid`.
 */
export function intervalMs<T extends number | undefined>(properties: Properties, name: string, otherwise: T): number | T {
  const text = properties[name]
  if (text === undefined) return otherwise
  const parts = text
    .trim()
    .replace(/^interval\s+/i, '')
    .split(/\s+/)
  let total = 0
  for (let at = 0; at < parts.length; at += 2) {
    const unit = unitsMs[(parts[at + 1] ?? '').toLowerCase().replace(/s$/, '')]
    if (unit === undefined || !/^\d{1,9}$/.test(parts[at] ?? '')) throw invalid(name, text, 'a length of time such as "interval 7 days"')
    total += Number(parts[at]) * unit
  }
  return total
}

const sizes: Readonly<Record<string, number>> = { '': 1, b: 1, k: 2 ** 10, kb: 2 ** 10, m: 2 ** 20, mb: 2 ** 20, g: 2 ** 30, gb: 2 ** 30 }

/** A table property that is a size (`134217728`, `128mb`, `1g`), in bytes. Throws `property.invalid`. */
export function byteSize(properties: Properties, name: string, otherwise: number): number {
  const text = properties[name]
  if (text === undefined) return otherwise
  const match = /^\s*(\d{1,15})\s*([a-z]*)\s*$/i.exec(text)
  const unit = sizes[match?.[2]?.toLowerCase() ?? '?']
  const bytes = match === null || unit === undefined ? 0 : Number(match[1]) * unit
  if (bytes > 0 && Number.isSafeInteger(bytes)) return bytes
  throw invalid(name, text, 'a size such as "128mb"')
}

/** A table property that is `true` or `false`, in any case. Throws `property.invalid`. */
export function flag(properties: Properties, name: string, otherwise: boolean): boolean {
  const text = properties[name]?.trim().toLowerCase()
  if (text === undefined) return otherwise
  if (text === 'true') return true
  if (text === 'false') return false
  throw invalid(name, text, '"true" or "false"')
}

/** A table property that is a whole number of at least `least`. Throws `property.invalid`. */
export function wholeNumber(properties: Properties, name: string, otherwise: number, least = 1): number {
  const text = properties[name]
  if (text === undefined) return otherwise
  if (/^\s*\d{1,15}\s*$/.test(text) && Number(text) >= least) return Number(text)
  throw invalid(name, text, `a whole number of at least ${least}`)
}

function invalid(name: string, text: string, wanted: string): DeltaError {
  return new DeltaError(
    'property.invalid',
    `The table property ${name} is ${JSON.stringify(text)}, which is not ${wanted}.`,
    `Set ${name} to ${wanted}, or unset it.`,
    { property: name, value: text },
  )
}
