import { type Metadata, propertyOf } from '../log/actions.ts'
import type { DeltaType } from '../schema/schema.ts'

/** `delta.appendOnly`: rows may be added, never taken away. */
export function isAppendOnly(metadata: Metadata): boolean {
  return isTrue(metadata.configuration['delta.appendOnly'])
}

export function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true'
}

export function isMapped(metadata: Metadata): boolean {
  return (propertyOf(metadata, 'delta.columnMapping.mode') ?? 'none') !== 'none'
}

/** Does a field anywhere in the type carry this metadata key? */
export function hasMetadata(type: DeltaType, key: string): boolean {
  if (typeof type === 'string') return false
  switch (type.type) {
    case 'array':
      return hasMetadata(type.elementType, key)
    case 'map':
      return hasMetadata(type.keyType, key) || hasMetadata(type.valueType, key)
    case 'struct':
      return type.fields.some((field) => Object.hasOwn(field.metadata, key) || hasMetadata(field.type, key))
    default:
      return type satisfies never
  }
}
