import type { Json } from '@sluice/core'

/**
 * A value of the driver as JSON that loses nothing: NaN and infinities become their names, bytes `\x` and hexadecimal digits, intervals
 * PostgreSQL's text. Integers beyond 2^53 and decimals are strings already.
 */
export function jsonSafe(value: unknown): Json {
  if (value === null || value === undefined) return null
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'bigint') return String(value)
  if (Buffer.isBuffer(value)) return `\\x${value.toString('hex')}`
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(jsonSafe)
  if (typeof value === 'object') {
    if ('toPostgres' in value && typeof value.toPostgres === 'function') return String(value.toPostgres())
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, jsonSafe(field)]))
  }
  return String(value)
}
