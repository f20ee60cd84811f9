import { DeltaError } from '../errors.ts'
import { intervalMs, type Properties } from '../protocol/property-values.ts'

/** A retention for reads and commits, which must not fail on an unreadable property: such a property keeps everything. */
export function retentionMs(properties: Properties, name: string, otherwise: number): number {
  try {
    return intervalMs(properties, name, otherwise)
  } catch (cause) {
    if (cause instanceof DeltaError && cause.code === 'property.invalid') return Number.POSITIVE_INFINITY
    throw cause
  }
}
