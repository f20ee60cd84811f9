import { DeltaError } from '../errors.ts'
import { intervalMs, type Properties } from '../protocol/property-values.ts'

/** A retention where reading and committing must go on whatever the property holds: what cannot be read keeps everything. */
export function retentionMs(properties: Properties, name: string, otherwise: number): number {
  try {
    return intervalMs(properties, name, otherwise)
  } catch (cause) {
    if (cause instanceof DeltaError && cause.code === 'property.invalid') return Number.POSITIVE_INFINITY
    throw cause
  }
}
