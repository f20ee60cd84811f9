import type { DuckDBValue } from '@duckdb/node-api'
import * as arrow from 'apache-arrow'
import { isBinary, isList } from './duck-types.ts'

/** A value of a column that Delta cannot hold. */
export class Misfit extends Error {
  readonly next: string
  constructor(fault: string, next: string) {
    super(fault)
    this.next = next
  }
}

/** The value at a place of an Arrow vector, in the form that DuckDB's vectors take. */
export type Read = (index: number) => DuckDBValue

/** Straight from the buffers: Arrow's own accessors cut instants to milliseconds and replace what is not Unicode. */
export function readerOf(data: arrow.Data): Read {
  const { type } = data
  if (arrow.DataType.isNull(type)) return () => null
  const read = valuesOf(data)
  if (data.nullCount === 0) return read
  return (index) => (data.getValid(index) ? read(index) : null)
}

function valuesOf(data: arrow.Data): Read {
  const { type, values } = data
  if (arrow.DataType.isDictionary(type)) return dictionaryReader(data)
  if (arrow.DataType.isFloat(type) && type.precision === arrow.Precision.HALF) return asArrowGives(data)
  if (arrow.DataType.isInt(type) || arrow.DataType.isFloat(type)) return (index) => values[index] as number | bigint
  if (arrow.DataType.isBool(type)) {
    const bits = values as Uint8Array
    return (index) => (((bits[(data.offset + index) >> 3] ?? 0) >> ((data.offset + index) & 7)) & 1) === 1
  }
  if (arrow.DataType.isUtf8(type) || arrow.DataType.isLargeUtf8(type) || arrow.DataType.isUtf8View(type)) {
    const bytes = bytesOf(data)
    return (index) => textOf(bytes(index))
  }
  if (isBinary(type)) {
    const bytes = bytesOf(data)
    return (index) => as({ bytes: bytes(index) })
  }
  if (arrow.DataType.isDate(type)) return dateReader(type, values)
  if (arrow.DataType.isTimestamp(type)) {
    const micros = microsOf(type.unit)
    return (index) => as({ micros: micros(BigInt(values[index] as bigint)) })
  }
  if (arrow.DataType.isDecimal(type)) {
    const words = values as Uint32Array
    const { stride } = data
    return (index) => as({ value: integerOf(words.subarray(index * stride, (index + 1) * stride)) })
  }
  if (isList(type)) {
    const [from, child] = [offsetsOf(data), childOf(data, 0)]
    return (index) => as({ items: range(from(index), from(index + 1), child) })
  }
  if (arrow.DataType.isMap(type)) return mapReader(data)
  if (arrow.DataType.isStruct(type)) {
    const fields = type.children.map(({ name }, index) => [name, childOf(data, index)] as const)
    return (index) => as({ entries: Object.fromEntries(fields.map(([name, read]) => [name, read(index)])) })
  }
  return asArrowGives(data)
}

/** The vectors of DuckDB look at the fields of a value and not at its class, which may be that of another copy of the package. */
const as = (value: object) => value as DuckDBValue

function asArrowGives(data: arrow.Data): Read {
  const vector = new arrow.Vector([data])
  return (index) => vector.get(index) as DuckDBValue
}

function childOf(data: arrow.Data, index: number): Read {
  const child = data.children[index]
  return child === undefined ? () => null : readerOf(child)
}

function range(from: number, to: number, read: Read): DuckDBValue[] {
  const items: DuckDBValue[] = []
  for (let index = from; index < to; index++) items.push(read(index))
  return items
}

/** Where the values of a place begin. A list of a fixed size has no offsets. */
function offsetsOf(data: arrow.Data): (index: number) => number {
  if (arrow.DataType.isFixedSizeList(data.type)) {
    const { listSize } = data.type
    return (index) => index * listSize
  }
  const offsets = data.valueOffsets as ArrayLike<number | bigint>
  return (index) => Number(offsets[index])
}

function mapReader(data: arrow.Data): Read {
  const from = offsetsOf(data)
  const entries = data.children[0]
  if (entries === undefined) return () => null
  const [key, value] = [childOf(entries, 0), childOf(entries, 1)]
  return (index) => {
    const keys = range(from(index), from(index + 1), key)
    if (keys.some((each) => each === null)) throw new Misfit('has a map with a NULL key', 'Give every entry a key.')
    const texts = keys.map((each) => JSON.stringify(each, (_, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner)))
    if (new Set(texts).size < keys.length) throw new Misfit('has a map with the same key twice', 'Give every key of a map once.')
    const first = from(index)
    return as({ entries: keys.map((each, place) => ({ key: each, value: value(first + place) })) })
  }
}

/** A dictionary may have come in several pieces. A value that many rows share is read once. */
function dictionaryReader(data: arrow.Data): Read {
  const pieces = (data.dictionary?.data ?? []).map((piece) => ({ length: piece.length, read: readerOf(piece) }))
  const known = new Map<number, DuckDBValue>()
  const read = (key: number): DuckDBValue => {
    let rest = key
    for (const piece of pieces) {
      if (rest < piece.length) return piece.read(rest)
      rest -= piece.length
    }
    throw new Misfit(`names the entry ${key} of a dictionary that has ${key - rest} entries`, 'Give the batch with its whole dictionary.')
  }
  const keys = data.values as ArrayLike<number | bigint>
  return (index) => {
    const key = Number(keys[index])
    const found = known.get(key)
    if (found !== undefined) return found
    const value = read(key)
    known.set(key, value)
    return value
  }
}

const dayMs = 86_400_000

function dateReader({ unit }: arrow.Date_, values: ArrayLike<number | bigint>): Read {
  if (unit === arrow.DateUnit.DAY) return (index) => as({ days: Number(values[index]) })
  return (index) => {
    const days = Number(values[index]) / dayMs
    if (!Number.isInteger(days)) throw new Misfit('has a date with a time of day', 'Give a timestamp, or cut the time in Arrow.')
    return as({ days })
  }
}

function microsOf(unit: arrow.TimeUnit): (value: bigint) => bigint {
  if (unit === arrow.TimeUnit.NANOSECOND)
    return (value) => {
      if (value % 1000n !== 0n)
        throw new Misfit('has an instant with nanoseconds, which Delta would cut', 'Round it to microseconds in Arrow.')
      return value / 1000n
    }
  const factor = unit === arrow.TimeUnit.SECOND ? 1_000_000n : unit === arrow.TimeUnit.MILLISECOND ? 1000n : 1n
  return (value) => {
    const micros = value * factor
    // DuckDB reads the two ends of the range as infinite.
    if (BigInt.asIntN(64, micros) !== micros || micros >= 2n ** 63n - 1n || micros <= -(2n ** 63n - 1n))
      throw new Misfit('has an instant beyond the years that Delta has', 'Filter such rows first.')
    return micros
  }
}

/** Two's complement, the lowest word first. */
function integerOf(words: Uint32Array): bigint {
  let value = 0n
  for (let index = words.length - 1; index >= 0; index--) value = (value << 32n) | BigInt(words[index] ?? 0)
  return BigInt.asIntN(words.length * 32, value)
}

const unicode = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(bytes: Uint8Array): string {
  try {
    return unicode.decode(bytes)
  } catch {
    throw new Misfit('has a text that is not UTF-8', 'Give the column as binary, or repair the text.')
  }
}

function bytesOf(data: arrow.Data): (index: number) => Uint8Array {
  const { type } = data
  const values = data.values as Uint8Array
  if (arrow.DataType.isFixedSizeBinary(type)) {
    const { byteWidth } = type
    return (index) => values.subarray(index * byteWidth, (index + 1) * byteWidth)
  }
  if (arrow.DataType.isUtf8View(type) || arrow.DataType.isBinaryView(type)) {
    const binary = new arrow.Vector([arrow.DataType.isUtf8View(type) ? data.clone(new arrow.BinaryView() as never) : data])
    return (index) => binary.get(index) as Uint8Array
  }
  const from = offsetsOf(data)
  return (index) => values.subarray(from(index), from(index + 1))
}
