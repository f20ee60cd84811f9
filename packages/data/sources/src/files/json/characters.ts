/** The bytes that JSON is made of (RFC 8259, section 2). */
export const tab = 0x09
export const lineFeed = 0x0a
export const carriageReturn = 0x0d
export const space = 0x20
export const quote = 0x22
export const plus = 0x2b
export const comma = 0x2c
export const minus = 0x2d
export const point = 0x2e
export const slash = 0x2f
export const zero = 0x30
export const nine = 0x39
export const colon = 0x3a
export const openList = 0x5b
export const backslash = 0x5c
export const closeList = 0x5d
export const openObject = 0x7b
export const closeObject = 0x7d
export const [letterB, letterE, letterF, letterN, letterR, letterT, letterU] = [0x62, 0x65, 0x66, 0x6e, 0x72, 0x74, 0x75] as const
export const capitalE = 0x45

export const isSpace = (byte: number | undefined): boolean => byte === space || byte === lineFeed || byte === carriageReturn || byte === tab

export const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= zero && byte <= nine

/** The value of a hexadecimal digit, -1 where it is none. */
export function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1
  if (byte >= zero && byte <= nine) return byte - zero
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
