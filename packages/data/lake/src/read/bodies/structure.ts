import { type Bodies, type Column, type Columns, fieldPath } from '@sluice/author'
import { definitionErrors, type SluiceError } from '@sluice/core'

/** A field of a body or of its elements. */
export interface Field {
  readonly name: string
  readonly column: Column
  readonly keys: readonly string[]
}

export const fieldsOf = (columns: Columns): readonly Field[] =>
  Object.entries(columns).map(([name, column]) => ({
    name,
    column,
    keys: column.at === undefined ? [name] : fieldPath(name, column.at),
  }))

/** The strict structure of a body: objects by their keys, a list by its element. Every value is text, or JSON as it stands. */
export type Structure = { [key: string]: Structure } | readonly [Structure] | 'VARCHAR' | 'JSON'

/** That of a whole body. @throws `definition.invalid` where one path goes through the value of another */
export function structureOf(id: string, { path, around, fields }: Bodies): Structure {
  const element = structureOfFields(id, fields)
  const whole: Structure = path.each ? [element] : element
  if (path.keys.length === 0) {
    if (path.each && Object.keys(around).length > 0) throw clash(id, '$', 'there is nothing around the elements of a body that is a list')
    if (!path.each) for (const field of fieldsOf(around)) place(id, element, field.keys, leafOf(field))
    return whole
  }
  const body: { [key: string]: Structure } = {}
  place(id, body, path.keys, whole)
  for (const field of fieldsOf(around)) place(id, body, field.keys, leafOf(field))
  return body
}

/** That of an object with these fields. */
export function structureOfFields(id: string, columns: Columns): { [key: string]: Structure } {
  const element: { [key: string]: Structure } = {}
  for (const field of fieldsOf(columns)) place(id, element, field.keys, leafOf(field))
  return element
}

/** Paths of the objects on the way to the fields, the object itself left out. */
export function objectsIn(structure: Structure, above: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof structure === 'string' || isList(structure)) return []
  return Object.entries(structure).flatMap(([key, inner]) => {
    const path = [...above, key]
    return typeof inner === 'string' || isList(inner) ? [] : [path, ...objectsIn(inner, path)]
  })
}

export const holdsJson = (columns: Columns): boolean => Object.values(columns).some(({ type }) => type.kind === 'json')

const leafOf = ({ column }: Field): Structure => (column.type.kind === 'json' ? 'JSON' : 'VARCHAR')

/** Puts a leaf into a tree of objects. Two columns may read one field. */
function place(id: string, tree: { [key: string]: Structure }, keys: readonly string[], leaf: Structure): void {
  let at = tree
  for (const key of keys.slice(0, -1)) {
    const next = at[key] ?? {}
    if (typeof next === 'string' || isList(next)) throw clash(id, ['$', ...keys].join('.'), `"${key}" is read as a value too`)
    at[key] = next
    at = next
  }
  const last = keys.at(-1) ?? ''
  const there = at[last]
  if (there !== undefined && JSON.stringify(there) !== JSON.stringify(leaf)) {
    throw clash(id, ['$', ...keys].join('.'), `"${last}" is read as ${typeof there === 'string' ? there : 'an object'} too`)
  }
  at[last] = leaf
}

const isList = (structure: Structure): structure is readonly [Structure] => Array.isArray(structure)

const clash = (id: string, path: string, what: string): SluiceError =>
  definitionErrors.invalid(`dataset ${id}: ${path} cannot be read, ${what}`, {
    facts: { dataset: id, path },
    next: 'Declare the value once, as jsonb() where its inside is wanted too, or correct the path under at.',
  })
