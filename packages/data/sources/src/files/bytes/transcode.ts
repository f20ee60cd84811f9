import { isAscii } from 'node:buffer'
import type { Encoding } from '@sluice/author'
import { unreachable } from '@sluice/core'

/** Stands where bytes are not written in the encoding. UTF-8 has no such byte, so that whoever reads on finds it and refuses the record. */
const strayByte = Buffer.from([0xff])

/** Bytes of one encoding as UTF-8, piece by piece. Nothing is replaced in silence: each stray byte becomes one that UTF-8 does not have. */
export async function* asUtf8(pieces: AsyncIterable<Buffer>, encoding: Encoding): AsyncGenerator<Buffer, void, undefined> {
  const decoder = decoderOf(encoding)
  for await (const piece of pieces) {
    const decoded = decoder.piece(piece)
    if (decoded.length > 0) yield decoded
  }
  const rest = decoder.end()
  if (rest.length > 0) yield rest
}

interface Decoder {
  piece(bytes: Buffer): Buffer
  /** What was waiting for more bytes. */
  end(): Buffer
}

function decoderOf(encoding: Encoding): Decoder {
  switch (encoding) {
    case 'utf-8':
      return { piece: (bytes) => bytes, end: () => Buffer.alloc(0) }
    case 'iso-8859-1':
      return byteDecoder(inUtf8((byte) => String.fromCharCode(byte)))
    case 'windows-1252':
      return byteDecoder(inUtf8((byte) => (byte < 0xa0 ? (of1252[byte - 0x80] ?? '') : String.fromCharCode(byte))))
    case 'utf-16le':
    case 'utf-16be':
      return wideDecoder(encoding === 'utf-16be')
    case 'big5':
      return big5Decoder()
    default:
      return unreachable(encoding)
  }
}

/** 0x80 to 0x9F of windows-1252; `\xff` for the five that it does not have. */
const of1252 = '€\xff‚ƒ„…†‡ˆ‰Š‹Œ\xffŽ\xff\xff‘’“”•–—˜™š›œ\xffžŸ'

/** What the bytes from 0x80 on are in UTF-8: how many bytes each, and these, three to a byte. */
interface InUtf8 {
  readonly sizes: Uint8Array
  readonly bytes: Uint8Array
}

function inUtf8(characterOf: (byte: number) => string): InUtf8 {
  const [sizes, bytes] = [new Uint8Array(128), new Uint8Array(3 * 128)]
  for (let byte = 0x80; byte < 0x100; byte++) {
    const character = characterOf(byte)
    const encoded = byte < 0xa0 && character === '\xff' ? strayByte : Buffer.from(character)
    sizes[byte - 0x80] = encoded.length
    bytes.set(encoded, 3 * (byte - 0x80))
  }
  return { sizes, bytes }
}

/** Of an encoding that has ASCII and one byte a character. By way of strings it took six times as long. */
function byteDecoder({ sizes, bytes: utf8 }: InUtf8): Decoder {
  const decode = (bytes: Buffer): Buffer => {
    const out = Buffer.allocUnsafe(3 * bytes.length)
    let to = 0
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] as number
      if (byte < 0x80) out[to++] = byte
      else {
        const place = 3 * (byte - 0x80)
        const size = sizes[byte - 0x80] as number
        out[to++] = utf8[place] as number
        if (size > 1) out[to++] = utf8[place + 1] as number
        if (size > 2) out[to++] = utf8[place + 2] as number
      }
    }
    return out.subarray(0, to)
  }
  return { piece: (bytes) => (isAscii(bytes) ? bytes : decode(bytes)), end: () => Buffer.alloc(0) }
}

const encoded = (text: string, stray: RegExp): Buffer =>
  stray.test(text) ? joined(text.split(stray).map((part) => Buffer.from(part))) : Buffer.from(text)

const joined = (parts: readonly Buffer[]): Buffer => Buffer.concat(parts.flatMap((part, at) => (at === 0 ? [part] : [strayByte, part])))

const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

function wideDecoder(bigEnd: boolean): Decoder {
  let waiting: Buffer = Buffer.alloc(0)
  const decode = (units: Buffer): Buffer => {
    const text = (bigEnd ? Buffer.from(units).swap16() : units).toString('utf16le')
    return text.isWellFormed() ? Buffer.from(text) : encoded(text, loneSurrogate)
  }
  return {
    piece(bytes) {
      const all = waiting.length === 0 ? bytes : Buffer.concat([waiting, bytes])
      let end = all.length - (all.length % 2)
      // The first half of a pair waits for the second.
      const high = all[bigEnd ? end - 2 : end - 1] ?? 0
      if (end >= 2 && high >= 0xd8 && high < 0xdc) end -= 2
      waiting = Buffer.from(all.subarray(end))
      return decode(all.subarray(0, end))
    },
    end() {
      const even = waiting.length - (waiting.length % 2)
      return Buffer.concat([decode(waiting.subarray(0, even)), ...(waiting.length > even ? [strayByte] : [])])
    },
  }
}

/** The second byte of a character is 0x40 or more: behind a lower one each character is whole, and a stray byte spoils no other piece. */
function big5Decoder(): Decoder {
  const strict = new TextDecoder('big5', { fatal: true })
  const lax = new TextDecoder('big5')
  let waiting: Buffer = Buffer.alloc(0)
  const decode = (bytes: Buffer): Buffer => {
    if (isAscii(bytes)) return bytes
    try {
      return Buffer.from(strict.decode(bytes))
    } catch {
      const parts = cutBehindLow(bytes)
      return parts.length === 1 ? encoded(lax.decode(bytes), /\ufffd/) : Buffer.concat(parts.map(decode))
    }
  }
  return {
    piece(bytes) {
      const all = waiting.length === 0 ? bytes : Buffer.concat([waiting, bytes])
      let end = all.length
      while (end > 0 && (all[end - 1] ?? 0) >= 0x40) end--
      waiting = Buffer.from(all.subarray(end))
      return decode(all.subarray(0, end))
    },
    end: () => decode(waiting),
  }
}

function cutBehindLow(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = []
  let from = 0
  for (let at = 0; at < bytes.length; at++) {
    if ((bytes[at] ?? 0) >= 0x40) continue
    parts.push(bytes.subarray(from, at + 1))
    from = at + 1
  }
  if (from < bytes.length) parts.push(bytes.subarray(from))
  return parts
}
