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

/** The bytes, a multiple of four. `undefined` for a text that is not Z85. */
export function decodeZ85(text: string): Uint8Array | undefined {
  if (text.length % 5 !== 0) return undefined
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
