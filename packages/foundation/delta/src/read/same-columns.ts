import { DeltaError } from '../errors.ts'
import { type MappingMode, physicalSchema } from '../schema/mapping.ts'
import type { DeltaType, StructType } from '../schema/schema.ts'
import { isWidening } from '../schema/widening.ts'

/**
 * The rows of a range of changes have the columns of its last version. Throws `changes.unavailable` when a column had a type before that
 * its last type does not contain, as after an overwrite of the schema. Columns that are gone are not part of the feed.
 */
export function checkSameColumns(before: StructType, last: StructType, mapping: MappingMode, version: number): void {
  const column = clashOf(physicalSchema(before, mapping), physicalSchema(last, mapping))
  if (column === undefined) return
  const [name = ''] = column
  throw new DeltaError(
    'changes.unavailable',
    `The column ${column.join('.')} had another type at version ${version} than at the end of the range, so that its changes have no common type.`,
    'Ask for the changes before and after the change of the schema in two ranges.',
    { version, column: name },
  )
}

/** The path to the first column whose values the later type does not contain. */
function clashOf(before: DeltaType, after: DeltaType): readonly string[] | undefined {
  if (typeof before === 'string' || typeof after === 'string') return before === after || isWidening(before, after) ? undefined : []
  if (before.type === 'array' && after.type === 'array') return below('element', clashOf(before.elementType, after.elementType))
  if (before.type === 'map' && after.type === 'map')
    return below('key', clashOf(before.keyType, after.keyType)) ?? below('value', clashOf(before.valueType, after.valueType))
  if (before.type !== 'struct' || after.type !== 'struct') return []
  const known = new Map(after.fields.map((field) => [field.name.toLowerCase(), field]))
  for (const { name, type } of before.fields) {
    const field = known.get(name.toLowerCase())
    const clash = field === undefined ? undefined : below(name, clashOf(type, field.type))
    if (clash !== undefined) return clash
  }
  return undefined
}

const below = (name: string, path: readonly string[] | undefined) => (path === undefined ? undefined : [name, ...path])
