import { fileErrors } from '../../../errors.ts'
import type { Zip, ZipPart } from '../../bytes/zip.ts'

/** A record of a binary part ([MS-XLSB] 2.1.4). Its data is valid until the next is asked for. */
export interface XlsbRecord {
  readonly id: number
  readonly data: Buffer
}

const longestRecord = 134_217_728

export async function* recordsOf(zip: Zip, part: ZipPart): AsyncGenerator<XlsbRecord, void, undefined> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of zip.pieces(part)) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    let place = 0
    for (;;) {
      const header = headerAt(bytes, place)
      if (header === undefined || header.data + header.length > bytes.length) break
      if (header.length > longestRecord) throw tooLong(part)
      yield { id: header.id, data: bytes.subarray(header.data, header.data + header.length) }
      place = header.data + header.length
    }
    rest = bytes.subarray(place)
    if (rest.length > longestRecord) throw tooLong(part)
  }
  if (rest.length > 0)
    throw fileErrors.damaged(`its part ${part.name} ends in the middle of a record`, {
      facts: { part: part.name },
      next: 'Ask for the file again.',
    })
}

/** An id of one or two bytes, a length of one to four; the upper bit says that one more follows. */
function headerAt(bytes: Buffer, place: number): { readonly id: number; readonly length: number; readonly data: number } | undefined {
  if (place + 2 > bytes.length) return undefined
  let at = place
  let id = bytes[at++] ?? 0
  if (id >= 0x80) id = (id & 0x7f) | (((bytes[at++] ?? 0) & 0x7f) << 7)
  let length = 0
  for (let index = 0; index < 4; index++) {
    const byte = bytes[at++]
    if (byte === undefined) return undefined
    length |= (byte & 0x7f) << (7 * index)
    if (byte < 0x80) break
  }
  return { id, length, data: at }
}

const tooLong = ({ name }: ZipPart): Error =>
  fileErrors.limit(`its part ${name} has a record of more than 128 MiB`, {
    facts: { part: name },
    next: 'Look at the file: it may be made to do harm.',
  })

/** A text of UTF-16 behind its length. */
export function wideText(data: Buffer, place: number): { readonly text: string; readonly end: number } {
  const length = data.readUInt32LE(place)
  if (length === 0xffffffff) return { text: '', end: place + 4 }
  const end = place + 4 + length * 2
  if (end > data.length) throw new RangeError('a text is longer than its record')
  return { text: data.toString('utf16le', place + 4, end), end }
}
