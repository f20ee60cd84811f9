import { DeltaError } from '../errors.ts'
import { either, type Form, filledText, isList, isText, list } from '../options/form.ts'
import type { DeltaType, Field, StructType } from '../schema/schema.ts'

/** The name of a top-level column, or a field path as in PROTOCOL.md: `['orders', 'element', 'price']`. */
export type ColumnPath = string | readonly string[]

export const columnPath: Form<ColumnPath> = either<ColumnPath>(
  'the name of a column or a list of names',
  { when: isText, form: filledText },
  { when: isList, form: list(filledText, 'Name the column.') },
)

export const pathOf = (path: ColumnPath): readonly string[] => (typeof path === 'string' ? [path] : path)

/** Edits the fields of the struct at a path. The empty path means the table itself. Names are compared without regard to case. */
export function editFields(schema: StructType, path: readonly string[], edit: (fields: readonly Field[]) => readonly Field[]): StructType {
  return editType(schema, path, path, edit) as StructType
}

function editType(
  type: DeltaType,
  rest: readonly string[],
  path: readonly string[],
  edit: (fields: readonly Field[]) => readonly Field[],
): DeltaType {
  const [head, ...below] = rest
  if (typeof type === 'string') throw noColumn(path)
  if (type.type === 'struct') {
    if (head === undefined) return { ...type, fields: edit(type.fields) }
    const found = fieldNamed(type.fields, head, path)
    return {
      ...type,
      fields: type.fields.map((field) => (field === found ? { ...field, type: editType(field.type, below, path, edit) } : field)),
    }
  }
  if (type.type === 'array' && head === 'element') return { ...type, elementType: editType(type.elementType, below, path, edit) }
  if (type.type === 'map' && head === 'key') return { ...type, keyType: editType(type.keyType, below, path, edit) }
  if (type.type === 'map' && head === 'value') return { ...type, valueType: editType(type.valueType, below, path, edit) }
  throw noColumn(path)
}

/** Edits one field. Removes it when the edit gives `undefined`. */
export function editField(schema: StructType, path: readonly string[], edit: (field: Field) => Field | undefined): StructType {
  const name = path.at(-1)
  if (name === undefined) throw noColumn(path)
  return editFields(schema, path.slice(0, -1), (fields) => {
    const found = fieldNamed(fields, name, path)
    return fields.flatMap((field) => (field === found ? (edit(field) ?? []) : [field]))
  })
}

export function fieldAt(schema: StructType, path: readonly string[]): Field {
  let found: Field | undefined
  editField(schema, path, (field) => {
    found = field
    return field
  })
  if (found === undefined) throw noColumn(path)
  return found
}

function fieldNamed(fields: readonly Field[], name: string, path: readonly string[]): Field {
  const field = fields.find((f) => f.name.toLowerCase() === name.toLowerCase())
  if (field === undefined) throw noColumn(path)
  return field
}

function noColumn(path: readonly string[]): DeltaError {
  const column = path.join('.')
  return new DeltaError('schema.mismatch', `The table has no column ${column}.`, 'Find the column in the schema of the snapshot.', {
    column,
  })
}
