import * as arrow from 'apache-arrow'
import { asLeaf, type DeltaType, decimalOf, type Field, type StructType } from '../schema/schema.ts'

/** The Arrow schema of a table's columns. Every type of Delta has one Arrow type that holds all its values. */
export function arrowSchemaOf(fields: readonly Field[]): arrow.Schema {
  return new arrow.Schema(fields.map(arrowField))
}

const arrowField = ({ name, type, nullable }: Field) => new arrow.Field(name, arrowType(type), nullable)

export function arrowType(type: DeltaType): arrow.DataType {
  if (typeof type === 'string') return scalarType(type)
  switch (type.type) {
    case 'array':
      return new arrow.List(new arrow.Field('element', arrowType(type.elementType), type.containsNull))
    case 'map':
      return new arrow.Map_(new arrow.Field('key_value', entriesType(type), false))
    case 'struct':
      return structType(type)
    default:
      return asLeaf(type, new arrow.Null())
  }
}

/** The entries of a map are a list of structs in Arrow. */
export function entriesType({ keyType, valueType, valueContainsNull }: Extract<DeltaType, { type: 'map' }>) {
  return new arrow.Struct<{ key: arrow.DataType; value: arrow.DataType }>([
    new arrow.Field('key', arrowType(keyType), false),
    new arrow.Field('value', arrowType(valueType), valueContainsNull),
  ])
}

export const structType = ({ fields }: StructType) => new arrow.Struct(fields.map(arrowField))

function scalarType(type: string): arrow.DataType {
  const decimal = decimalOf(type as DeltaType)
  if (decimal !== undefined) return new arrow.Decimal(decimal.scale, decimal.precision, 128)
  switch (type) {
    case 'string':
      return new arrow.Utf8()
    case 'long':
      return new arrow.Int64()
    case 'integer':
      return new arrow.Int32()
    case 'short':
      return new arrow.Int16()
    case 'byte':
      return new arrow.Int8()
    case 'double':
      return new arrow.Float64()
    case 'float':
      return new arrow.Float32()
    case 'boolean':
      return new arrow.Bool()
    case 'date':
      return new arrow.DateDay()
    case 'timestamp':
      return new arrow.TimestampMicrosecond('UTC')
    case 'timestamp_ntz':
      return new arrow.TimestampMicrosecond()
    case 'binary':
      return new arrow.Binary()
    default:
      return new arrow.Null()
  }
}
