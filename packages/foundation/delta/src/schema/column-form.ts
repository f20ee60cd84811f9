import { anyRecord, type Form, filledText, flag, isPlain, list, optional, options, refused, required, shown } from '../options/form.ts'
import type { ArrayType, Column, DeltaType, Field, MapType, StructType } from './schema.ts'

const named = { array: arrayType, map: mapType, struct: structType } as const

/** A type as the log spells it. `toDuckType` refuses a primitive type that it does not know. */
export const deltaType: Form<DeltaType> = (value, at) => {
  if (typeof value === 'string') return filledText(value, at)
  if (!isPlain(value))
    throw refused(
      at,
      `must be a Delta type, but it is ${shown(value)}`,
      "Give a name such as 'long', or an object of the type array, map or struct.",
    )
  const kind = String(value.type)
  if (kind !== 'array' && kind !== 'map' && kind !== 'struct')
    throw refused(`${at}.type`, `is ${shown(value.type)}`, "Allowed for a nested type: 'array', 'map', 'struct'.")
  named[kind]()(value, at)
}

const type = required(deltaType)
const kind = required(filledText as Form<never>)

function arrayType(): Form<unknown> {
  return options<ArrayType>({ type: kind, elementType: type, containsNull: required(flag) })
}
function mapType(): Form<unknown> {
  return options<MapType>({ type: kind, keyType: type, valueType: type, valueContainsNull: required(flag) })
}
function structType(): Form<unknown> {
  return options<StructType>({
    type: kind,
    fields: required(list(options<Field>({ name: required(filledText), type, nullable: required(flag), metadata: required(anyRecord) }))),
  })
}

export const columns: Form<readonly Column[]> = list(
  options<Column>({ name: required(filledText), type, nullable: optional(flag), metadata: optional(anyRecord) }),
)
