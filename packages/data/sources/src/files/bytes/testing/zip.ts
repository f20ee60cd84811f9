import { crc32, deflateRawSync } from 'node:zlib'

/** A member of a ZIP. */
export interface Part {
  readonly name: string
  readonly content: Buffer
  /** What the directory says of it, where that is a lie. */
  readonly said?: number
}

/** A ZIP of members that are deflated (APPNOTE 4.3). */
export function zipOf(parts: readonly Part[]): Buffer {
  const [locals, directory]: [Buffer[], Buffer[]] = [[], []]
  let place = 0
  for (const { name, content, said } of parts) {
    const packed = deflateRawSync(content)
    const head = Buffer.alloc(26)
    head.writeUInt16LE(20, 0)
    head.writeUInt16LE(8, 4)
    head.writeUInt32LE(crc32(content), 10)
    head.writeUInt32LE(packed.length, 14)
    head.writeUInt32LE(said ?? content.length, 18)
    head.writeUInt16LE(name.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), head, Buffer.from(name), packed])
    const end = Buffer.alloc(14)
    end.writeUInt32LE(place, 10)
    directory.push(Buffer.from('PK\x01\x02'), Buffer.of(20, 0), head, end, Buffer.from(name))
    locals.push(local)
    place += local.length
  }
  const listed = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(parts.length, 4)
  end.writeUInt16LE(parts.length, 6)
  end.writeUInt32LE(listed.length, 8)
  end.writeUInt32LE(place, 12)
  return Buffer.concat([...locals, listed, Buffer.from('PK\x05\x06'), end])
}
