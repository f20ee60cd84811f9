/** Thrift's compact protocol, as much of it as the metadata of Parquet needs. Writes only. */

export type Thrift =
  | { readonly i32: number }
  | { readonly i64: bigint }
  | { readonly text: string }
  | { readonly list: readonly Thrift[] }
  | { readonly struct: Readonly<Record<number, Thrift>> }

const kinds = { i32: 5, i64: 6, text: 8, list: 9, struct: 12 } as const

const kindOf = (value: Thrift): number => {
  if ('i32' in value) return kinds.i32
  if ('i64' in value) return kinds.i64
  if ('text' in value) return kinds.text
  return 'list' in value ? kinds.list : kinds.struct
}

export function thriftBytes(value: Thrift): Buffer {
  const out: Buffer[] = []
  write(value, out)
  return Buffer.concat(out)
}

function write(value: Thrift, out: Buffer[]): void {
  if ('i32' in value) out.push(varint(zigzag(BigInt(value.i32))))
  else if ('i64' in value) out.push(varint(zigzag(value.i64)))
  else if ('text' in value) {
    const text = Buffer.from(value.text)
    out.push(varint(BigInt(text.length)), text)
  } else if ('list' in value) {
    const { length } = value.list
    const kind = value.list[0] === undefined ? kinds.i32 : kindOf(value.list[0])
    out.push(length < 15 ? Buffer.of((length << 4) | kind) : Buffer.concat([Buffer.of(0xf0 | kind), varint(BigInt(length))]))
    for (const each of value.list) write(each, out)
  } else {
    let last = 0
    // Keys of an object that are whole numbers come in their order.
    for (const [key, each] of Object.entries(value.struct)) {
      const field = Number(key)
      out.push(Buffer.of(((field - last) << 4) | kindOf(each)))
      write(each, out)
      last = field
    }
    out.push(Buffer.of(0))
  }
}

const zigzag = (value: bigint): bigint => (value < 0n ? -value * 2n - 1n : value * 2n)

function varint(value: bigint): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  bytes.push(Number(rest))
  return Buffer.from(bytes)
}
