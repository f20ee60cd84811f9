import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { deflateRawSync } from 'node:zlib'

/** Fields that may be null, as most writers declare them. */
const optional = (type: object | string): readonly unknown[] => ['null', type]
const schema = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'customer', type: optional('string') },
    { name: 'ordered_on', type: optional({ type: 'int', logicalType: 'date' }) },
    { name: 'quantity', type: optional('int') },
    { name: 'price', type: optional({ type: 'bytes', logicalType: 'decimal', precision: 12, scale: 2 }) },
    { name: 'paid', type: optional('boolean') },
    { name: 'seen_at', type: optional({ type: 'long', logicalType: 'timestamp-micros' }) },
  ],
}

const recordsOfBlock = 1_000
const mark = Buffer.alloc(16, 0x5a)

/** The orders of `rows.ts` in an object container of Avro, its blocks packed by deflate. */
export async function writeAvro(path: string, rows: number): Promise<void> {
  const file = createWriteStream(path)
  const head = new Encoder()
  head.raw(Buffer.from('Obj\x01'))
  head.long(2)
  for (const text of ['avro.schema', JSON.stringify(schema), 'avro.codec', 'deflate']) head.text(text)
  head.long(0)
  head.raw(mark)
  file.write(head.take())
  const block = new Encoder()
  for (let from = 0; from < rows; from += recordsOfBlock) {
    const to = Math.min(rows, from + recordsOfBlock)
    for (let row = from; row < to; row++) putOrder(block, row)
    const packed = deflateRawSync(block.take())
    const around = new Encoder()
    around.long(to - from)
    around.long(packed.length)
    around.raw(packed)
    around.raw(mark)
    file.write(around.take())
  }
  file.end()
  await finished(file)
}

const firstDay = Date.UTC(2020, 0, 1) / 86_400_000
const firstSecond = Date.UTC(2026, 0, 1) / 1_000

function putOrder(into: Encoder, row: number): void {
  into.long(row)
  into.long(1)
  into.text(`customer ${(row * 7919) % 100_000}`)
  into.long(1)
  into.long(firstDay + (row % 2_000))
  into.long(1)
  into.long(row % 50)
  into.long(1)
  const cents = Buffer.alloc(4)
  cents.writeInt32BE(row % 1_000_000)
  into.long(cents.length)
  into.raw(cents)
  into.long(1)
  into.raw(Buffer.of(row % 3 === 0 ? 1 : 0))
  into.long(1)
  into.long((firstSecond + row) * 1_000_000)
}

class Encoder {
  #bytes = Buffer.alloc(1_048_576)
  #at = 0

  long(value: number): void {
    let rest = value * 2
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#bytes[this.#at++] = (rest % 128) + 128
    this.#bytes[this.#at++] = rest
  }
  raw(bytes: Buffer): void {
    this.#at += bytes.copy(this.#bytes, this.#at)
  }
  text(value: string): void {
    this.long(Buffer.byteLength(value))
    this.#at += this.#bytes.write(value, this.#at)
  }
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#at))
    this.#at = 0
    return taken
  }
}
