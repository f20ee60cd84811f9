import { randomUUID } from 'node:crypto'
import { unsupported } from '../errors.ts'
import { quoteIdentifier } from '../sql.ts'
import { asLeaf, type DeltaType, type Field, type StructType, toDuckType } from './schema.ts'

/** How the columns of data files are found (PROTOCOL.md, Column Mapping). */
export type MappingMode = 'none' | 'name' | 'id'

export const mappingKeys = {
  mode: 'delta.columnMapping.mode',
  maxId: 'delta.columnMapping.maxColumnId',
  id: 'delta.columnMapping.id',
  physicalName: 'delta.columnMapping.physicalName',
} as const

export function mappingMode(configuration: Readonly<Record<string, string | undefined>>): MappingMode {
  const mode = configuration[mappingKeys.mode]?.toLowerCase() ?? 'none'
  if (mode === 'none' || mode === 'name' || mode === 'id') return mode
  throw unsupported('columnMapping', `mode ${mode}`)
}

/**
 * The name of a column in data files, in statistics and in partition values. A column that the log does not map (`_change_type`) keeps its
 * own name.
 */
export function physicalName(field: Field, mode: MappingMode): string {
  const name = mode === 'none' ? undefined : field.metadata[mappingKeys.physicalName]
  return typeof name === 'string' ? name : field.name
}

/** The id of a column in data files. `undefined` without column mapping. */
export function columnId(field: Field, mode: MappingMode): number | undefined {
  const id = mode === 'none' ? undefined : field.metadata[mappingKeys.id]
  return typeof id === 'number' ? id : undefined
}

/** A type as in data files: every field of every struct has its physical name. */
export function physicalType(type: DeltaType, mode: MappingMode): DeltaType {
  return mode === 'none' ? type : mapFields(type, (field) => ({ ...field, name: physicalName(field, mode) }))
}

export function physicalSchema(schema: StructType, mode: MappingMode): StructType {
  return physicalType(schema, mode) as StructType
}

/** Applies an edit to every field at every depth, outermost first. */
export function mapFields(type: DeltaType, edit: (field: Field) => Field): DeltaType {
  if (typeof type === 'string') return type
  switch (type.type) {
    case 'array':
      return { ...type, elementType: mapFields(type.elementType, edit) }
    case 'map':
      return { ...type, keyType: mapFields(type.keyType, edit), valueType: mapFields(type.valueType, edit) }
    case 'struct':
      return {
        ...type,
        fields: type.fields.map((field) => {
          const edited = edit(field)
          return { ...edited, type: mapFields(edited.type, edit) }
        }),
      }
    default:
      return asLeaf(type, type)
  }
}

/** A value of a logical type, with the fields of its structs under their physical names. */
export function physicalValue(sql: string, type: DeltaType, mode: MappingMode): string {
  const renamed = renamedValue(sql, type, mode, 0)
  // Without the cast a constant NULL would lose its type.
  return renamed === sql ? sql : `CAST(${renamed} AS ${toDuckType(physicalType(type, mode))})`
}

function renamedValue(sql: string, type: DeltaType, mode: MappingMode, depth: number): string {
  if (typeof type === 'string' || JSON.stringify(physicalType(type, mode)) === JSON.stringify(type)) return sql
  const each = `e${depth}`
  switch (type.type) {
    case 'array':
      return `list_transform(${sql}, lambda ${each}: ${renamedValue(each, type.elementType, mode, depth + 1)})`
    case 'map': {
      const [key, value] = [`${each}.key`, `${each}.value`]
      const entry = `struct_pack(key := ${renamedValue(key, type.keyType, mode, depth + 1)}, value := ${renamedValue(value, type.valueType, mode, depth + 1)})`
      return `map_from_entries(list_transform(map_entries(${sql}), lambda ${each}: ${entry}))`
    }
    case 'struct': {
      const fields = type.fields.map((field) => {
        const inner = renamedValue(`struct_extract(${sql}, '${field.name.replaceAll("'", "''")}')`, field.type, mode, depth)
        return `${quoteIdentifier(physicalName(field, mode))} := ${inner}`
      })
      return `CASE WHEN ${sql} IS NOT NULL THEN struct_pack(${fields.join(', ')}) END`
    }
    default:
      return asLeaf(type, sql)
  }
}

/** The `FIELD_IDS` option of a COPY, by physical names. `undefined` when no column has an id. */
export function fieldIds(fields: readonly Field[], mode: MappingMode): string | undefined {
  const entries = fields.flatMap((field) => {
    const id = columnId(field, mode)
    const inner = innerIds(field.type, mode)
    if (id === undefined && inner.length === 0) return []
    const own = id === undefined ? [] : [`__duckdb_field_id: ${id}`]
    return [`${quoteIdentifier(physicalName(field, mode))}: ${inner.length === 0 ? id : `{${[...own, ...inner].join(', ')}}`}`]
  })
  return entries.length === 0 ? undefined : `FIELD_IDS {${entries.join(', ')}}`
}

function innerIds(type: DeltaType, mode: MappingMode): string[] {
  if (typeof type === 'string') return []
  const named = (name: string, inner: DeltaType) => {
    const ids = innerIds(inner, mode)
    return ids.length === 0 ? [] : [`${name}: {${ids.join(', ')}}`]
  }
  switch (type.type) {
    case 'array':
      return named('element', type.elementType)
    case 'map':
      return [...named('key', type.keyType), ...named('value', type.valueType)]
    case 'struct': {
      const ids = fieldIds(type.fields, mode)
      return ids === undefined ? [] : [ids.slice('FIELD_IDS {'.length, -1)]
    }
    default:
      return asLeaf(type, [])
  }
}

export interface Mapped {
  readonly schema: StructType
  /** The highest id that was ever given. */
  readonly maxColumnId: number
}

/**
 * Gives every unmapped column an id above all earlier ones, and a physical name. A new column gets a new physical name. An existing column
 * keeps the name that the data files use.
 */
export function mapColumns(schema: StructType, maxColumnId: number, columns: 'new' | 'existing'): Mapped {
  let last = maxColumnId
  mapFields(schema, (field) => {
    last = Math.max(last, columnId(field, 'id') ?? 0)
    return field
  })
  const mapped = mapFields(schema, (field) => {
    if (columnId(field, 'id') !== undefined) return field
    last++
    const name = columns === 'new' ? `col-${randomUUID()}` : field.name
    return { ...field, metadata: { ...field.metadata, [mappingKeys.id]: last, [mappingKeys.physicalName]: name } }
  })
  return { schema: mapped as StructType, maxColumnId: last }
}
