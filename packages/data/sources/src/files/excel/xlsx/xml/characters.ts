import { broken } from './faults.ts'

/** Bytes of UTF-8 that XML 1.0 gives a meaning. */
export const [tab, lineFeed, carriageReturn, space] = [0x09, 0x0a, 0x0d, 0x20] as const
export const [doubleQuote, ampersand, singleQuote, slash, semicolon] = [0x22, 0x26, 0x27, 0x2f, 0x3b] as const
export const [less, equals, greater, question, exclamation, closeBracket] = [0x3c, 0x3d, 0x3e, 0x3f, 0x21, 0x5d] as const
/** Of U+FFFE and U+FFFF, which are not characters, and of others, which are. */
export const leadOfNone = 0xef

const bytesOf = (is: (byte: number) => boolean): Uint8Array => Uint8Array.from({ length: 256 }, (_, byte) => (is(byte) ? 1 : 0))

const isSpaceByte = (byte: number): boolean => byte === space || byte === tab || byte === lineFeed || byte === carriageReturn
/** Controls, which are not characters (XML 1.0, 2.2). */
const isControl = (byte: number): boolean => byte < space && !isSpaceByte(byte)
const isOneOf = (byte: number, ...of: readonly number[]): boolean => of.includes(byte)

export const spaces = bytesOf(isSpaceByte)
/** What ends a name, and what no name has. */
export const endsName = bytesOf(
  (byte) => byte <= space || isOneOf(byte, doubleQuote, ampersand, singleQuote, slash, less, equals, greater, question),
)
/** What a text has to be looked at for; the others stand for themselves. */
export const meansInText = bytesOf((byte) => isControl(byte) || isOneOf(byte, less, ampersand, carriageReturn, closeBracket, leadOfNone))
/** The same in the value of an attribute, where each space becomes one. */
export const meansInValue = bytesOf((byte) => byte < space || isOneOf(byte, less, ampersand, doubleQuote, singleQuote, leadOfNone))
/** What comments, CDATA and instructions must not have, or change. */
export const meansInside = bytesOf((byte) => isControl(byte) || isOneOf(byte, carriageReturn, leadOfNone))

/** Whether U+FFFE or U+FFFF stands there. */
export const isNone = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === leadOfNone && bytes[at + 1] === 0xbf && ((bytes[at + 2] ?? 0) & 0xfe) === 0xbe

const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', apos: "'", quot: '"' }

/** The character that a reference stands for, without its `&` and `;`. A document type alone could declare others, and is refused. */
export function referred(reference: string): string {
  const known = Object.hasOwn(named, reference) ? named[reference] : undefined
  if (known !== undefined) return known
  const code = /^#(?:([0-9]+)|x([0-9a-fA-F]+))$/.exec(reference)
  const point = code === null ? Number.NaN : Number.parseInt(code[1] ?? code[2] ?? '', code[1] === undefined ? 16 : 10)
  if (isCharacter(point)) return String.fromCodePoint(point)
  throw broken(`it has no character &${reference.slice(0, 40)};`)
}

/** XML 1.0, 2.2. */
const isCharacter = (point: number): boolean =>
  point === tab ||
  point === lineFeed ||
  point === carriageReturn ||
  (point >= space && point < 0xd800) ||
  (point >= 0xe000 && point < 0xfffe) ||
  (point >= 0x10000 && point <= 0x10ffff)
