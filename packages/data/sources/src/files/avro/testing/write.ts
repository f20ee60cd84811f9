/** A number as a varint in zigzag (Avro 1.12, Binary encoding). */
export function longBytes(value: bigint | number): Buffer {
  const whole = BigInt(value)
  let left = BigInt.asUintN(64, (whole << 1n) ^ (whole >> 63n))
  const bytes: number[] = []
  for (; left >= 0x80n; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80)
  return Buffer.from([...bytes, Number(left)])
}

export const bytesOf = (value: Buffer): Buffer => Buffer.concat([longBytes(value.length), value])
export const textBytes = (value: string): Buffer => bytesOf(Buffer.from(value))

const mark = Buffer.alloc(16, 7)

export interface WrittenBlock {
  readonly records: bigint | number
  /** Packed by the codec. */
  readonly content: Buffer
  /** What the block says of its length, where that is a lie. */
  readonly said?: bigint | number
}

/** An object container file. */
export function containerOf(schema: unknown, codec: string, blocks: readonly WrittenBlock[]): Buffer {
  const entries = { 'avro.schema': JSON.stringify(schema), 'avro.codec': codec }
  return Buffer.concat([
    Buffer.from('Obj\x01'),
    longBytes(Object.keys(entries).length),
    ...Object.entries(entries).flatMap(([name, value]) => [textBytes(name), textBytes(value)]),
    longBytes(0),
    mark,
    ...blocks.flatMap(({ records, content, said }) => [longBytes(records), longBytes(said ?? content.length), content, mark]),
  ])
}
