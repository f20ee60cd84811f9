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

/** A length of time (`interval 7 days`, `2 weeks 12 hours`) in milliseconds. Months and years are refused: their length varies. */
export function parseInterval(text: string): number | undefined {
  const parts = text
    .trim()
    .replace(/^interval\s+/i, '')
    .split(/\s+/)
  let total = 0
  for (let at = 0; at < parts.length; at += 2) {
    const unit = unitsMs[(parts[at + 1] ?? '').toLowerCase().replace(/s$/, '')]
    if (unit === undefined || !/^\d{1,9}$/.test(parts[at] ?? '')) return undefined
    total += Number(parts[at]) * unit
  }
  return total
}

const sizes: Readonly<Record<string, number>> = { '': 1, b: 1, k: 2 ** 10, kb: 2 ** 10, m: 2 ** 20, mb: 2 ** 20, g: 2 ** 30, gb: 2 ** 30 }

/** A size above zero (`134217728`, `128mb`, `1g`) in bytes. */
export function parseSize(text: string): number | undefined {
  const match = /^\s*(\d{1,15})\s*([a-z]*)\s*$/i.exec(text)
  const unit = sizes[match?.[2]?.toLowerCase() ?? '?']
  const bytes = match === null || unit === undefined ? 0 : Number(match[1]) * unit
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined
}

/** `true` or `false`, in upper or lower case. */
export function parseFlag(text: string): boolean | undefined {
  const word = text.trim().toLowerCase()
  return word === 'true' ? true : word === 'false' ? false : undefined
}

/** A whole number above zero. */
export function parseCount(text: string): number | undefined {
  return /^\s*\d{1,15}\s*$/.test(text) && Number(text) > 0 ? Number(text) : undefined
}

export const legal = {
  interval: 'a length of time such as "interval 7 days"',
  size: 'a size such as "128mb"',
  flag: '"true" or "false"',
  count: 'a whole number of at least 1',
} as const

/** A table property that is a length of time, in milliseconds. Throws `property.invalid`. */
export const intervalMs = <T extends number | undefined>(properties: Properties, name: string, otherwise: T): number | T =>
  read(properties, name, otherwise, parseInterval, legal.interval)

/** A table property that is a size, in bytes. Throws `property.invalid`. */
export const byteSize = (properties: Properties, name: string, otherwise: number): number =>
  read(properties, name, otherwise, parseSize, legal.size)

/** A table property that is `true` or `false`. Throws `property.invalid`. */
export const flag = (properties: Properties, name: string, otherwise: boolean): boolean =>
  read(properties, name, otherwise, parseFlag, legal.flag)

/** A table property that is a whole number above zero. Throws `property.invalid`. */
export const count = (properties: Properties, name: string, otherwise: number): number =>
  read(properties, name, otherwise, parseCount, legal.count)

function read<T, Otherwise>(
  properties: Properties,
  name: string,
  otherwise: Otherwise,
  parse: (text: string) => T | undefined,
  wanted: string,
): T | Otherwise {
  const text = properties[name]
  if (text === undefined) return otherwise
  const value = parse(text)
  if (value !== undefined) return value
  throw new DeltaError(
    'property.invalid',
    `The table property ${name} is ${JSON.stringify(text)}, which is not ${wanted}.`,
    `Set ${name} to ${wanted}, or unset it.`,
    { property: name, value: text },
  )
}
