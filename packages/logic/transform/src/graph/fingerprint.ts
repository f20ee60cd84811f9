import { createHash } from 'node:crypto'

/** The same for the same value, whatever process computes it. Values are plain, and their members always in one order. */
export const fingerprintOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex')
