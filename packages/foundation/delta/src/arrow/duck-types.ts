import * as arrow from 'apache-arrow'
import { DeltaError } from '../errors.ts'
import { quoteIdentifier } from '../sql.ts'

/**
 * The DuckDB type that holds every value of an Arrow type; `undefined` for a column of the Null type. Throws `schema.mismatch` for a type
 * that has no counterpart in Delta.
 */
export function duckTypeOf(type: arrow.DataType, path: string): string | undefined {
  return arrow.DataType.isNull(type) ? undefined : innerType(type, path)
}

function innerType(type: arrow.DataType, path: string): string {
  if (arrow.DataType.isNull(type)) return 'BOOLEAN'
  if (arrow.DataType.isDictionary(type)) return innerType(type.dictionary, path)
  if (arrow.DataType.isInt(type)) return `${type.isSigned ? '' : 'U'}${wholeNumbers[type.bitWidth]}`
  if (arrow.DataType.isFloat(type)) return type.precision === arrow.Precision.DOUBLE ? 'DOUBLE' : 'FLOAT'
  if (arrow.DataType.isBool(type)) return 'BOOLEAN'
  if (arrow.DataType.isUtf8(type) || arrow.DataType.isLargeUtf8(type) || arrow.DataType.isUtf8View(type)) return 'VARCHAR'
  if (isBinary(type)) return 'BLOB'
  if (arrow.DataType.isDate(type)) return 'DATE'
  if (arrow.DataType.isTimestamp(type)) return (type.timezone ?? '') === '' ? 'TIMESTAMP' : 'TIMESTAMP WITH TIME ZONE'
  if (arrow.DataType.isDecimal(type)) {
    const { precision, scale } = type
    if (precision > 38 || scale < 0 || scale > precision)
      throw refused(path, `decimal(${precision},${scale})`, 'Delta has decimals of up to 38 digits, none of which lies before the unit')
    return `DECIMAL(${precision},${scale})`
  }
  if (isList(type)) return `${innerType(itemOf(type, path), `${path}.element`)}[]`
  if (arrow.DataType.isMap(type)) {
    const [key, value] = (type.children[0]?.type as arrow.Struct | undefined)?.children ?? []
    if (key === undefined || value === undefined) throw refused(path, String(type), 'its entries lack a key or a value')
    return `MAP(${innerType(key.type, `${path}.key`)}, ${innerType(value.type, `${path}.value`)})`
  }
  if (arrow.DataType.isStruct(type)) {
    if (type.children.length === 0) throw refused(path, 'Struct<{}>', 'Delta has no struct without fields')
    return `STRUCT(${type.children.map((field) => `${quoteIdentifier(field.name)} ${innerType(field.type, `${path}.${field.name}`)}`).join(', ')})`
  }
  throw refused(path, String(type), 'Delta has no such type')
}

const wholeNumbers: Readonly<Record<number, string>> = { 8: 'TINYINT', 16: 'SMALLINT', 32: 'INTEGER', 64: 'BIGINT' }

export function isBinary(type: arrow.DataType): type is arrow.Binary | arrow.LargeBinary | arrow.BinaryView | arrow.FixedSizeBinary {
  return (
    arrow.DataType.isBinary(type) ||
    arrow.DataType.isLargeBinary(type) ||
    arrow.DataType.isBinaryView(type) ||
    arrow.DataType.isFixedSizeBinary(type)
  )
}

export function isList(type: arrow.DataType): type is arrow.List | arrow.LargeList | arrow.FixedSizeList {
  return arrow.DataType.isList(type) || arrow.DataType.isLargeList(type) || arrow.DataType.isFixedSizeList(type)
}

function itemOf(type: arrow.DataType, path: string): arrow.DataType {
  const item = (type.children as readonly arrow.Field[])[0]
  if (item === undefined) throw refused(path, String(type), 'it does not say what its items are')
  return item.type
}

function refused(column: string, type: string, why: string): DeltaError {
  return new DeltaError(
    'schema.mismatch',
    `The column ${column} has the Arrow type ${type}, which cannot be written: ${why}.`,
    'Cast the column to another type in Arrow, or leave it out.',
    { column },
  )
}
