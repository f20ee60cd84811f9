import {
  backslash,
  capitalE,
  closeList,
  closeObject,
  colon,
  comma,
  hexDigit,
  isDigit,
  isSpace,
  letterB,
  letterE,
  letterF,
  letterN,
  letterR,
  letterT,
  letterU,
  minus,
  nine,
  openList,
  openObject,
  plus,
  point,
  quote,
  slash,
  space,
  zero,
} from './characters.ts'

/** What keeps a record from being read. `json`: the text is none by RFC 8259; the others are JSON that cannot be a row. */
export type Fault = 'json' | 'object' | 'twice' | 'surrogate' | 'deep'

/** Limits of depth are an implementation's own (RFC 8259, section 9). */
export const deepest = 512

/**
 * A place in a text and one in what is made of it. Behind the text stands a byte 0, which JSON has nowhere, so that no step has to look
 * for the end. There is room in `into` for three times the text.
 */
export interface Cursor {
  from: Uint8Array
  at: number
  into: Uint8Array
  to: number
  /** The first of those faults that leave a text JSON. */
  fault: Fault | undefined
  faultAt: number
}

/** A fault after which the text is read on: it may turn out not to be JSON at all. */
export function note(cursor: Cursor, fault: Fault, at: number): void {
  if (cursor.fault !== undefined) return
  cursor.fault = fault
  cursor.faultAt = at
}

export function skipSpace(cursor: Cursor): void {
  const { from } = cursor
  let { at } = cursor
  for (let byte = from[at] ?? 0; byte <= space && isSpace(byte); byte = from[++at] ?? 0);
  cursor.at = at
}

/** A string with its quotes, as it stands. @returns false where it is none: `at` is the place */
export function copyString(cursor: Cursor): boolean {
  const { from, into } = cursor
  let { at, to } = cursor
  into[to++] = quote
  at++
  for (;;) {
    const byte = from[at] ?? 0
    if (byte === quote) break
    if (byte >= space && byte !== backslash) {
      into[to++] = byte
      at++
      continue
    }
    const end = byte === backslash ? escapeEnd(cursor, at) : -1
    if (end === -1) {
      cursor.at = at
      return false
    }
    while (at < end) into[to++] = from[at++] ?? 0
  }
  into[to++] = quote
  cursor.at = at + 1
  cursor.to = to
  return true
}

/** Where an escape ends, a pair of halves as one; -1 where it is none. */
function escapeEnd(cursor: Cursor, at: number): number {
  const { from } = cursor
  const letter = from[at + 1]
  if (letter === letterU) {
    const unit = codeUnit(from, at + 2)
    if (unit === -1) return -1
    if ((unit & 0xf800) !== 0xd800) return at + 6
    const next = unit < 0xdc00 && from[at + 6] === backslash && from[at + 7] === letterU ? codeUnit(from, at + 8) : -1
    if (next >= 0xdc00 && next <= 0xdfff) return at + 12
    note(cursor, 'surrogate', at)
    return at + 6
  }
  if (
    letter === quote ||
    letter === backslash ||
    letter === slash ||
    letter === letterB ||
    letter === letterF ||
    letter === letterN ||
    letter === letterR ||
    letter === letterT
  )
    return at + 2
  return -1
}

function codeUnit(from: Uint8Array, at: number): number {
  let unit = 0
  for (let place = at; place < at + 4; place++) {
    const digit = hexDigit(from[place])
    if (digit === -1) return -1
    unit = unit * 16 + digit
  }
  return unit
}

/** A number digit for digit. @returns false where it is none: `at` is the place */
export function copyNumber(cursor: Cursor): boolean {
  const { from, into } = cursor
  if (from[cursor.at] === minus) into[cursor.to++] = from[cursor.at++] ?? 0
  if (from[cursor.at] === zero) into[cursor.to++] = from[cursor.at++] ?? 0
  else if (!copyDigits(cursor)) return false
  if (from[cursor.at] === point) {
    into[cursor.to++] = from[cursor.at++] ?? 0
    if (!copyDigits(cursor)) return false
  }
  const exponent = from[cursor.at]
  if (exponent !== letterE && exponent !== capitalE) return true
  into[cursor.to++] = from[cursor.at++] ?? 0
  const sign = from[cursor.at]
  if (sign === plus || sign === minus) into[cursor.to++] = from[cursor.at++] ?? 0
  return copyDigits(cursor)
}

/** At least one. */
function copyDigits(cursor: Cursor): boolean {
  const { from, into, at: first } = cursor
  let { at, to } = cursor
  for (let byte = from[at] ?? 0; byte >= zero && byte <= nine; byte = from[++at] ?? 0) into[to++] = byte
  cursor.at = at
  cursor.to = to
  return at > first
}

const words = { [letterT]: 'true', [letterF]: 'false', [letterN]: 'null' } as const
const wordBytes: Readonly<Record<number, Uint8Array>> = Object.fromEntries(
  Object.entries(words).map(([first, word]) => [first, new TextEncoder().encode(word)]),
)

/** `true`, `false` or `null`. @returns false where it is none: `at` is the place */
export function copyWord(cursor: Cursor): boolean {
  const word = wordBytes[cursor.from[cursor.at] ?? 0]
  if (word === undefined) return false
  for (const byte of word) {
    if (cursor.from[cursor.at] !== byte) return false
    cursor.into[cursor.to++] = byte
    cursor.at++
  }
  return true
}

const kindsBelow = new Uint8Array(deepest)

/**
 * A list or an object as the inside of a string: quotes and backslashes escaped, the spaces between its tokens left out, numbers digit for
 * digit. @returns false where it is none: `at` is the place
 */
export function copyNested(cursor: Cursor): boolean {
  const { from, into } = cursor
  let depth = 0
  for (;;) {
    // A value begins.
    const byte = from[cursor.at] ?? 0
    let ended = true
    if (byte === openList || byte === openObject) {
      if (depth === deepest) {
        cursor.fault = 'deep'
        cursor.faultAt = cursor.at
        return false
      }
      kindsBelow[depth++] = byte
      into[cursor.to++] = byte
      cursor.at++
      skipSpace(cursor)
      if (from[cursor.at] === byte + 2) {
        depth--
        into[cursor.to++] = byte + 2
        cursor.at++
      } else {
        if (byte === openObject && !copyName(cursor)) return false
        ended = false
      }
    } else if (byte === quote) {
      if (!copyInnerString(cursor)) return false
    } else if (byte === minus || isDigit(byte)) {
      if (!copyNumber(cursor)) return false
    } else if (!copyWord(cursor)) return false

    // A value has ended: so do those around it that close here.
    while (ended) {
      if (depth === 0) return true
      skipSpace(cursor)
      const open = kindsBelow[depth - 1] ?? 0
      const mark = from[cursor.at]
      if (mark === comma) {
        into[cursor.to++] = comma
        cursor.at++
        skipSpace(cursor)
        if (open === openObject && !copyName(cursor)) return false
        ended = false
      } else if (mark === (open === openList ? closeList : closeObject)) {
        depth--
        into[cursor.to++] = mark
        cursor.at++
      } else return false
    }
  }
}

/** The name of a member and the colon behind it. */
function copyName(cursor: Cursor): boolean {
  if (cursor.from[cursor.at] !== quote || !copyInnerString(cursor)) return false
  skipSpace(cursor)
  if (cursor.from[cursor.at] !== colon) return false
  cursor.into[cursor.to++] = colon
  cursor.at++
  skipSpace(cursor)
  return true
}

/** A string that stands in a string: the text of its escapes stays as it is. */
function copyInnerString(cursor: Cursor): boolean {
  const { from, into } = cursor
  let { at, to } = cursor
  into[to++] = backslash
  into[to++] = quote
  at++
  for (;;) {
    const byte = from[at] ?? 0
    if (byte === quote) break
    if (byte >= space && byte !== backslash) {
      into[to++] = byte
      at++
      continue
    }
    const end = byte === backslash ? escapeEnd(cursor, at) : -1
    if (end === -1) {
      cursor.at = at
      return false
    }
    while (at < end) {
      const escaped = from[at++] ?? 0
      if (escaped === backslash || escaped === quote) into[to++] = backslash
      into[to++] = escaped
    }
  }
  into[to++] = backslash
  into[to++] = quote
  cursor.at = at + 1
  cursor.to = to
  return true
}
