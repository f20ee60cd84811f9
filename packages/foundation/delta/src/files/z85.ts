const alphabet = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#'
const digitOf = new Uint8Array(128).fill(255)
for (let digit = 0; digit < alphabet.length; digit++) digitOf[alphabet.charCodeAt(digit)] = digit

/** Z85 (ZeroMQ RFC 32): five characters for four bytes. Fills up to a multiple of four bytes with zeros, as Delta does. */
export function encodeZ85(bytes: Uint8Array): string {
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4)
  padded.set(bytes)
  const view = new DataView(padded.buffer)
  let text = ''
  for (let at = 0; at < padded.length; at += 4) {
    const value = view.getUint32(at)
    for (let power = 85 ** 4; power >= 1; power /= 85) text += alphabet.charAt(Math.floor(value / power) % 85)
  }
  return text
}

/**
 * The bytes. `undefined` for a text that is not Z85. delta-rs pads the last group where the bytes are not a multiple of four: each `#`
 * at its start is one missing byte (crate z85, 3.0). A group of the RFC cannot begin with `#`, because 84 * 85^4 exceeds 32 bits.
 */
export function decodeZ85(text: string): Uint8Array | undefined {
  if (text.length % 5 !== 0) return undefined
  const missing = /^#{0,3}/.exec(text.slice(-5))?.[0].length ?? 0
  if (missing === 0) return wholeGroups(text)
  const head = wholeGroups(text.slice(0, -5))
  const tail = wholeGroups('0'.repeat(missing) + text.slice(-5).slice(missing))
  if (head === undefined || tail === undefined || tail.subarray(0, missing).some((byte) => byte !== 0)) return undefined
  return Buffer.concat([head, tail.subarray(missing)])
}

function wholeGroups(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array((text.length / 5) * 4)
  const view = new DataView(bytes.buffer)
  for (let group = 0; group < text.length / 5; group++) {
    let value = 0
    for (let i = group * 5; i < group * 5 + 5; i++) {
      const digit = digitOf[text.charCodeAt(i)] ?? 255
      if (digit === 255) return undefined
      value = value * 85 + digit
    }
    if (value > 0xffffffff) return undefined
    view.setUint32(group * 4, value)
  }
  return bytes
}
