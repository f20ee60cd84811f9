import { unreachable } from '../errors.ts'
import type { DeltaType, PrimitiveType } from './schema.ts'

/** The parts of a DuckDB type as DESCRIBE spells it. */
export type DuckType =
  | { readonly kind: 'scalar'; readonly text: string }
  | { readonly kind: 'list'; readonly element: DuckType }
  | { readonly kind: 'map'; readonly key: DuckType; readonly value: DuckType }
  | { readonly kind: 'struct'; readonly fields: readonly { readonly name: string; readonly type: DuckType }[] }

export function parseDuckType(text: string): DuckType {
  const list = /^(.*)\[\d*\]$/s.exec(text)
  if (list?.[1] !== undefined) return { kind: 'list', element: parseDuckType(list[1]) }
  if (text.startsWith('MAP(') && text.endsWith(')')) {
    const [key = '', value = ''] = splitList(text.slice(4, -1))
    return { kind: 'map', key: parseDuckType(key), value: parseDuckType(value) }
  }
  if (text.startsWith('STRUCT(') && text.endsWith(')')) return { kind: 'struct', fields: splitList(text.slice(7, -1)).map(parseField) }
  return { kind: 'scalar', text }
}

function parseField(text: string): { name: string; type: DuckType } {
  const quoted = /^"((?:[^"]|"")*)" (.*)$/s.exec(text)
  const plain = /^(\S+) (.*)$/s.exec(text)
  const [, name = '', type = ''] = quoted ?? plain ?? []
  return { name: quoted === null ? name : name.replaceAll('""', '"'), type: parseDuckType(type) }
}

/** Splits at the commas outside of brackets and quotes. */
function splitList(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let quote = ''
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (quote !== '') {
      if (character === quote) quote = ''
    } else if (character === '"' || character === "'") quote = character
    else if (character === '(') depth++
    else if (character === ')') depth--
    else if (character === ',' && depth === 0) {
      parts.push(text.slice(from, at).trim())
      from = at + 1
    }
  }
  return [...parts, text.slice(from).trim()]
}

const deltaTypes: Readonly<Record<string, PrimitiveType>> = {
  VARCHAR: 'string',
  BIGINT: 'long',
  INTEGER: 'integer',
  SMALLINT: 'short',
  TINYINT: 'byte',
  DOUBLE: 'double',
  FLOAT: 'float',
  BOOLEAN: 'boolean',
  DATE: 'date',
  'TIMESTAMP WITH TIME ZONE': 'timestamp',
  BLOB: 'binary',
  UUID: 'string',
  JSON: 'string',
  UTINYINT: 'short',
  USMALLINT: 'integer',
  UINTEGER: 'long',
  UBIGINT: 'decimal(20,0)',
}

/**
 * The Delta type that holds every value of a DuckDB type. `undefined` when there is none, or when several would do and the caller must
 * choose.
 */
export function fromDuckType(duckType: string): DeltaType | undefined {
  return toDeltaType(parseDuckType(duckType))
}

export function toDeltaType(type: DuckType): DeltaType | undefined {
  switch (type.kind) {
    case 'scalar': {
      const decimal = /^DECIMAL\((\d+),(\d+)\)$/.exec(type.text)
      if (decimal !== null) return `decimal(${Number(decimal[1])},${Number(decimal[2])})`
      return type.text.startsWith('ENUM(') ? 'string' : deltaTypes[type.text]
    }
    case 'list': {
      const elementType = toDeltaType(type.element)
      return elementType === undefined ? undefined : { type: 'array', elementType, containsNull: true }
    }
    case 'map': {
      const [keyType, valueType] = [toDeltaType(type.key), toDeltaType(type.value)]
      return keyType === undefined || valueType === undefined ? undefined : { type: 'map', keyType, valueType, valueContainsNull: true }
    }
    case 'struct': {
      const fields = type.fields.flatMap((field) => {
        const inner = toDeltaType(field.type)
        return inner === undefined ? [] : [{ name: field.name, type: inner, nullable: true, metadata: {} }]
      })
      return fields.length < type.fields.length ? undefined : { type: 'struct', fields }
    }
    default:
      return unreachable(type)
  }
}
