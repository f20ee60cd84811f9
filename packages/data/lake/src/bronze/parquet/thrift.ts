import { unreachable } from '@sluice/core'

/*
 * The part of Thrift's compact protocol in which Parquet keeps its metadata
 * (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md): structs of numbered fields, lists, integers, texts.
 */

export type Thrift =
  | { readonly kind: 'i32' | 'i64'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'binary'; readonly value: string | Uint8Array }
  | { readonly kind: 'list'; readonly of: ElementKind; readonly values: readonly Thrift[] }
  /** Fields by their numbers; one that is `undefined` is left out. */
  | { readonly kind: 'struct'; readonly fields: Readonly<Record<number, Thrift | undefined>> }

type ElementKind = 'i32' | 'i64' | 'binary' | 'struct'

export const i32 = (value: number): Thrift => ({ kind: 'i32', value })
export const i64 = (value: number): Thrift => ({ kind: 'i64', value })
export const bool = (value: boolean): Thrift => ({ kind: 'bool', value })
export const binary = (value: string | Uint8Array): Thrift => ({ kind: 'binary', value })
export const list = (of: ElementKind, values: readonly Thrift[]): Thrift => ({ kind: 'list', of, values })
export const struct = (fields: Readonly<Record<number, Thrift | undefined>>): Thrift => ({ kind: 'struct', fields })

export const encodeThrift = (value: Thrift): Buffer => Buffer.concat([...encoded(value)])

function* encoded(value: Thrift): Iterable<Uint8Array> {
  switch (value.kind) {
    case 'i32':
    case 'i64':
      yield varint(zigzag(value.value))
      break
    case 'bool':
      yield Uint8Array.of(value.value ? 1 : 2)
      break
    case 'binary': {
      const bytes = typeof value.value === 'string' ? Buffer.from(value.value) : value.value
      yield varint(BigInt(bytes.length))
      yield bytes
      break
    }
    case 'list': {
      const size = value.values.length
      yield Uint8Array.of((Math.min(size, 15) << 4) | typeOf[value.of])
      if (size >= 15) yield varint(BigInt(size))
      for (const each of value.values) yield* encoded(each)
      break
    }
    case 'struct':
      yield* encodedFields(value.fields)
      break
    default:
      unreachable(value)
  }
}

function* encodedFields(fields: Readonly<Record<number, Thrift | undefined>>): Iterable<Uint8Array> {
  let before = 0
  for (const id of Object.keys(fields)
    .map(Number)
    .sort((a, b) => a - b)) {
    const field = fields[id]
    if (field === undefined) continue
    // A boolean is its own field header.
    yield Uint8Array.of(((id - before) << 4) | (field.kind === 'bool' ? (field.value ? 1 : 2) : typeOf[field.kind]))
    if (field.kind !== 'bool') yield* encoded(field)
    before = id
  }
  yield Uint8Array.of(0)
}

const typeOf = { i32: 5, i64: 6, binary: 8, list: 9, struct: 12 } as const

const zigzag = (value: number): bigint => (value >= 0 ? BigInt(value) * 2n : BigInt(value) * -2n - 1n)

function varint(value: bigint): Uint8Array {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  return Uint8Array.of(...bytes, Number(rest))
}
