import { mappingMode } from '../schema/mapping.ts'
import type { DeltaType, PrimitiveType } from '../schema/schema.ts'
import { asLeaf } from '../schema/schema.ts'
import type { Metadata } from './actions.ts'

/** `delta.appendOnly`: rows may be added, but not removed. */
export function isAppendOnly(metadata: Metadata): boolean {
  return isTrue(metadata.configuration['delta.appendOnly'])
}

export function isTrue(value: string | undefined): boolean {
  return says(value, 'true')
}

/** Words in properties are compared without regard to case. */
export function says(value: string | undefined, word: string): boolean {
  return value?.toLowerCase() === word
}

export function isMapped(metadata: Metadata): boolean {
  return mappingMode(metadata.configuration) !== 'none'
}

/** Does any field in the type have this metadata key? */
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
      return asLeaf(type, false)
  }
}

/** Is there a column or field that must not be NULL? Elements of lists and values of maps count as fields. */
export function hasRequired(type: DeltaType): boolean {
  if (typeof type === 'string') return false
  switch (type.type) {
    case 'array':
      return !type.containsNull || hasRequired(type.elementType)
    case 'map':
      return !type.valueContainsNull || hasRequired(type.keyType) || hasRequired(type.valueType)
    case 'struct':
      return type.fields.some((field) => !field.nullable || hasRequired(field.type))
    default:
      return asLeaf(type, false)
  }
}

/** Does the type contain this primitive type at any depth? */
export function holdsType(type: DeltaType, wanted: PrimitiveType): boolean {
  if (typeof type === 'string') return type === wanted
  switch (type.type) {
    case 'array':
      return holdsType(type.elementType, wanted)
    case 'map':
      return holdsType(type.keyType, wanted) || holdsType(type.valueType, wanted)
    case 'struct':
      return type.fields.some((field) => holdsType(field.type, wanted))
    default:
      return asLeaf(type, false)
  }
}
