import * as arrow from 'apache-arrow'
import { DeltaError, unreachable } from '../errors.ts'
import { type ArrayType, type DeltaType, decimalOf, type MapType, type StructType } from '../schema/schema.ts'
import { arrowType, entriesType, structType } from './schema.ts'

/**
 * Values of a column as DuckDB gives them, as one Arrow vector. By the type of the column and not by the class of the value, because the
 * connection may come from another copy of DuckDB's package.
 */
export function dataOf(type: DeltaType, values: readonly unknown[]): arrow.Data {
  if (typeof type === 'string') return scalars(type, values)
  switch (type.type) {
    case 'array':
      return lists(type, values)
    case 'map':
      return maps(type, values)
    case 'struct':
      return structs(type, values)
    default:
      return unreachable(type)
  }
}

export function structs(type: StructType, values: readonly unknown[]): arrow.Data<arrow.Struct> {
  const children = type.fields.map((field) =>
    dataOf(
      field.type,
      values.map((value) => (isNull(value) ? null : (value as { entries: Readonly<Record<string, unknown>> }).entries[field.name])),
    ),
  )
  return arrow.makeData({ type: structType(type), length: values.length, children, ...validityOf(values) })
}

function lists(type: ArrayType, values: readonly unknown[]): arrow.Data {
  const items = (value: unknown) => (value as { readonly items: readonly unknown[] }).items
  const { valueOffsets, inner } = flattened(values, items)
  const child = dataOf(type.elementType, inner)
  return arrow.makeData({ type: arrowType(type) as arrow.List, length: values.length, valueOffsets, child, ...validityOf(values) })
}

function maps(type: MapType, values: readonly unknown[]): arrow.Data {
  const entries = (value: unknown) => (value as { readonly entries: readonly { key: unknown; value: unknown }[] }).entries
  const { valueOffsets, inner } = flattened(values, entries)
  const child = arrow.makeData({
    type: entriesType(type),
    length: inner.length,
    children: [
      dataOf(
        type.keyType,
        inner.map(({ key }) => key),
      ),
      dataOf(
        type.valueType,
        inner.map(({ value }) => value),
      ),
    ],
  })
  return arrow.makeData({ type: arrowType(type) as arrow.Map_, length: values.length, valueOffsets, child, ...validityOf(values) })
}

function flattened<Inner>(values: readonly unknown[], of: (value: unknown) => readonly Inner[]) {
  const valueOffsets = new Int32Array(values.length + 1)
  const inner: Inner[] = []
  for (const [index, value] of values.entries()) {
    if (!isNull(value)) for (const each of of(value)) inner.push(each)
    valueOffsets[index + 1] = inner.length
  }
  return { valueOffsets, inner }
}

function scalars(name: string, values: readonly unknown[]): arrow.Data {
  const type = arrowType(name as DeltaType)
  const length = values.length
  const props = { type, length, ...validityOf(values) } as const
  const numbers = <Data extends Numbers>(data: Data, of: (value: unknown) => Data[number]) => {
    for (const [index, value] of values.entries()) if (!isNull(value)) data[index] = of(value)
    return arrow.makeData({ ...props, data } as never) as arrow.Data
  }
  const plain = (value: unknown) => value as number
  const big = (value: unknown) => value as bigint
  const micros = (value: unknown) => (value as { readonly micros: bigint }).micros
  if (decimalOf(name as DeltaType) !== undefined) return arrow.makeData({ ...props, data: words(values) } as never)
  switch (name) {
    case 'long':
      return numbers(new BigInt64Array(length), big)
    case 'integer':
      return numbers(new Int32Array(length), plain)
    case 'short':
      return numbers(new Int16Array(length), plain)
    case 'byte':
      return numbers(new Int8Array(length), plain)
    case 'double':
      return numbers(new Float64Array(length), plain)
    case 'float':
      return numbers(new Float32Array(length), plain)
    case 'date':
      return numbers(new Int32Array(length), (value) => (value as { readonly days: number }).days)
    case 'timestamp':
    case 'timestamp_ntz':
      return numbers(new BigInt64Array(length), micros)
    case 'boolean':
      return arrow.makeData({ ...props, data: bits(values, (value) => value === true) } as never)
    case 'string':
      return bytes(props, values, (value) => Buffer.from(value as string))
    case 'binary':
      return bytes(props, values, (value) => (value as { readonly bytes: Uint8Array }).bytes)
    default:
      return arrow.makeData({ ...props, type: new arrow.Null() })
  }
}

type Numbers = BigInt64Array | Int32Array | Int16Array | Int8Array | Float64Array | Float32Array

/** A decimal is an integer of 128 bits in four words, the lowest first. */
function words(values: readonly unknown[]): Uint32Array {
  const halves = new BigInt64Array(values.length * 2)
  for (const [index, value] of values.entries()) {
    if (isNull(value)) continue
    const scaled = (value as { readonly value: bigint }).value
    halves[index * 2] = BigInt.asIntN(64, scaled)
    halves[index * 2 + 1] = scaled >> 64n
  }
  return new Uint32Array(halves.buffer)
}

/** Arrow's offsets of texts and binaries have 32 bits. */
const mostBytes = 2 ** 31 - 1

function bytes(props: object, values: readonly unknown[], of: (value: unknown) => Uint8Array): arrow.Data {
  const parts = values.map((value) => (isNull(value) ? undefined : of(value)))
  const valueOffsets = new Int32Array(values.length + 1)
  let end = 0
  for (const [index, part] of parts.entries()) {
    end += part?.length ?? 0
    if (end > mostBytes)
      throw new DeltaError(
        'rows.invalid',
        `The texts of ${values.length} rows of one column take more than 2 GiB, which one Arrow batch cannot hold.`,
        'Ask for smaller batches with batchRows.',
      )
    valueOffsets[index + 1] = end
  }
  const data = new Uint8Array(end)
  for (const [index, part] of parts.entries()) if (part !== undefined) data.set(part, valueOffsets[index])
  return arrow.makeData({ ...props, valueOffsets, data } as never)
}

const isNull = (value: unknown) => value === null || value === undefined

function validityOf(values: readonly unknown[]): { readonly nullCount: number; readonly nullBitmap?: Uint8Array } {
  const nullCount = values.reduce((count: number, value) => (isNull(value) ? count + 1 : count), 0)
  return nullCount === 0 ? { nullCount } : { nullCount, nullBitmap: bits(values, (value) => !isNull(value)) }
}

function bits(values: readonly unknown[], isSet: (value: unknown) => boolean): Uint8Array {
  const map = new Uint8Array(Math.ceil(values.length / 64) * 8)
  for (const [index, value] of values.entries()) if (isSet(value)) map[index >> 3] = (map[index >> 3] ?? 0) | (1 << (index & 7))
  return map
}
