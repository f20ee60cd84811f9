import { mentions } from '../constraints/mentions.ts'
import { constraintsOf } from '../constraints/row-checks.ts'
import { DeltaError } from '../errors.ts'
import { a, options, stated } from '../options/form.ts'
import type { Metadata } from '../protocol/actions.ts'
import { evolveMetadata } from '../protocol/evolve.ts'
import { isTrue } from '../protocol/properties.ts'
import { deltaType } from '../schema/column-form.ts'
import { mappingMode } from '../schema/mapping.ts'
import { type Column, type DeltaType, parseSchema, type StructType, schemaOf } from '../schema/schema.ts'
import { isWidening } from '../schema/widening.ts'
import { type ColumnPath, editField, editFields, fieldAt, pathOf } from './paths.ts'

export interface ColumnChange {
  /**
   * A wider type (PROTOCOL.md, Type Widening). Needs `delta.enableTypeWidening`. The path of a list element or map entry continues below
   * its column: `['tags', 'element']`.
   */
  readonly type?: DeltaType
  /** Makes a required column nullable. A nullable column cannot become required. */
  readonly nullable?: true
  /** `null` removes the comment. */
  readonly comment?: string | null
}

export const columnChange = options<ColumnChange>({
  type: stated(deltaType),
  nullable: stated(a<true>('true', (value) => value === true, 'A nullable column cannot become required. Leave the option out.')),
  comment: stated(a('a text or null', (value) => typeof value === 'string' || value === null)),
})

/** New nullable columns at the end of the table or of the struct at a path. Existing rows have NULL there. */
export function withColumns(metadata: Metadata, columns: readonly Column[], under: ColumnPath = []): Metadata {
  const added = schemaOf(columns).fields
  const required = added.find(({ nullable }) => !nullable)
  if (required !== undefined)
    throw new DeltaError(
      'schema.invalid',
      `The new column ${required.name} cannot be required: existing rows have no value for it.`,
      'Make it nullable.',
      {
        column: required.name,
      },
    )
  return replaceSchema(metadata, (schema) => editFields(schema, pathOf(under), (fields) => [...fields, ...added]))
}

/** Rewrites no file: the column keeps its physical name. */
export function withRenamed(metadata: Metadata, column: ColumnPath, name: string): Metadata {
  const path = pathOf(column)
  checkMapped(metadata, path, 'renamed')
  checkUnconstrained(metadata, path, 'renamed')
  const before = fieldAt(parseSchema(metadata.schemaString), path).name
  const isTop = path.length === 1
  const partitionColumns = metadata.partitionColumns.map((each) => (isTop && each === before ? name : each))
  const configuration = { ...metadata.configuration }
  const stats = configuration['delta.dataSkippingStatsColumns']
  if (stats !== undefined) configuration['delta.dataSkippingStatsColumns'] = renamedIn(stats, [...path.slice(0, -1), before], name)
  return replaceSchema({ ...metadata, partitionColumns, configuration }, (schema) =>
    editField(schema, path, (field) => ({ ...field, name })),
  )
}

/** Rewrites no file: the values stay in the files, and no reader asks for them. */
export function withoutColumn(metadata: Metadata, column: ColumnPath): Metadata {
  const path = pathOf(column)
  checkMapped(metadata, path, 'dropped')
  checkUnconstrained(metadata, path, 'dropped')
  const schema = parseSchema(metadata.schemaString)
  const { name } = fieldAt(schema, path)
  if (path.length === 1 && metadata.partitionColumns.includes(name))
    throw new DeltaError('schema.invalid', `The partition column ${name} cannot be dropped.`, 'Create a new table and copy the rows.', {
      column: name,
    })
  const dropped = editField(schema, path, () => undefined)
  if (path.length > 1) {
    editFields(dropped, path.slice(0, -1), (fields) => {
      if (fields.length === 0)
        throw new DeltaError('schema.invalid', `${path.join('.')} is the last field of its struct.`, 'Drop the whole column.', {
          column: path.join('.'),
        })
      return fields
    })
  }
  return replaceSchema(metadata, () => dropped)
}

/** Changes the type, the nullability and the comment of one column. */
export function withChanged(metadata: Metadata, column: ColumnPath, change: ColumnChange): Metadata {
  const path = pathOf(column)
  const { type, nullable, comment } = change
  let schema = parseSchema(metadata.schemaString)
  if (type !== undefined) schema = widened(metadata, schema, path, type)
  if (nullable === true) schema = editField(schema, path, (field) => ({ ...field, nullable }))
  if (comment !== undefined)
    schema = editField(schema, path, (field) => {
      const { comment: _, ...others } = field.metadata
      return { ...field, metadata: comment === null ? others : { ...others, comment } }
    })
  return replaceSchema(metadata, () => schema)
}

function widened(metadata: Metadata, schema: StructType, path: readonly string[], to: DeltaType): StructType {
  const column = path.join('.')
  if (!isTrue(metadata.configuration['delta.enableTypeWidening']))
    throw new DeltaError(
      'schema.invalid',
      `The type of ${column} cannot change without type widening.`,
      "Set the property 'delta.enableTypeWidening' to 'true' first.",
      { column },
    )
  if (metadata.partitionColumns.includes(path[0] ?? ''))
    throw new DeltaError(
      'schema.invalid',
      `The type of the partition column ${column} cannot change.`,
      'Create a new table and copy the rows.',
      { column },
    )
  const [owner, inside] = splitPath(schema, path)
  return editField(schema, owner, (field) => {
    const from = innerType(field.type, inside)
    if (from === undefined || !isWidening(from, to))
      throw new DeltaError(
        'schema.invalid',
        `The type of ${column} cannot change from ${JSON.stringify(from)} to ${JSON.stringify(to)}.`,
        'Choose a type that can represent every value of the present type.',
        { column },
      )
    const before = (field.metadata['delta.typeChanges'] ?? []) as readonly unknown[]
    const record = { fromType: from, toType: to, ...(inside.length === 0 ? {} : { fieldPath: inside.join('.') }) }
    return {
      ...field,
      type: replaceInner(field.type, inside, to),
      metadata: { ...field.metadata, 'delta.typeChanges': [...before, record] },
    }
  })
}

/** The last struct field on a path, and the rest of the path below it. */
function splitPath(schema: StructType, path: readonly string[]): readonly [owner: readonly string[], inside: readonly string[]] {
  for (let length = path.length; length > 0; length--) {
    const owner = path.slice(0, length)
    const inside = path.slice(length)
    try {
      const { type } = fieldAt(schema, owner)
      if (innerType(type, inside) !== undefined) return [owner, inside]
    } catch (cause) {
      if (length === 1 || !(cause instanceof DeltaError)) throw cause
    }
  }
  return [path, []]
}

function innerType(type: DeltaType, inside: readonly string[]): DeltaType | undefined {
  const [head, ...rest] = inside
  if (head === undefined) return type
  if (typeof type === 'string') return undefined
  if (type.type === 'array' && head === 'element') return innerType(type.elementType, rest)
  if (type.type === 'map' && head === 'key') return innerType(type.keyType, rest)
  return type.type === 'map' && head === 'value' ? innerType(type.valueType, rest) : undefined
}

function replaceInner(type: DeltaType, inside: readonly string[], to: DeltaType): DeltaType {
  const [head, ...rest] = inside
  if (head === undefined) return to
  if (typeof type === 'string' || type.type === 'struct') return type
  if (type.type === 'array') return { ...type, elementType: replaceInner(type.elementType, rest, to) }
  return head === 'key'
    ? { ...type, keyType: replaceInner(type.keyType, rest, to) }
    : { ...type, valueType: replaceInner(type.valueType, rest, to) }
}

function replaceSchema(metadata: Metadata, edit: (schema: StructType) => StructType): Metadata {
  return evolveMetadata(metadata, edit(parseSchema(metadata.schemaString))).metadata
}

function checkMapped(metadata: Metadata, path: readonly string[], what: string): void {
  if (mappingMode(metadata.configuration) !== 'none') return
  throw new DeltaError(
    'schema.invalid',
    `The column ${path.join('.')} cannot be ${what} without column mapping.`,
    "Set the property 'delta.columnMapping.mode' to 'name' first.",
    { column: path.join('.') },
  )
}

function checkUnconstrained(metadata: Metadata, path: readonly string[], what: string): void {
  const constraint = constraintsOf(metadata.configuration).find(({ text }) => mentions(text, path.at(-1) ?? ''))
  if (constraint === undefined) return
  throw new DeltaError(
    'schema.invalid',
    `The column ${path.join('.')} cannot be ${what}: the constraint ${constraint.name} may use it.`,
    'Drop the constraint first.',
    { column: path.join('.'), constraint: constraint.name },
  )
}

function renamedIn(list: string, path: readonly string[], name: string): string {
  const before = path.join('.')
  const after = [...path.slice(0, -1), name].join('.')
  return list
    .split(',')
    .map((each) => each.trim().replaceAll('`', ''))
    .map((each) => (each === before ? after : each.startsWith(`${before}.`) ? `${after}${each.slice(before.length)}` : each))
    .join(',')
}
