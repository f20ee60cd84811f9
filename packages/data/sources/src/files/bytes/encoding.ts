import { isUtf8 } from 'node:buffer'
import type { Encoding } from '@sluice/author'

/** What the characters of a text are written in, and how long the mark is that says so. */
export interface FoundEncoding {
  /** `utf-32` is known and not read. */
  readonly encoding: Encoding | 'utf-32'
  readonly markBytes: number
}

/** The byte order mark that bytes begin with (Unicode 23.8). UTF-32 first: its mark begins as that of UTF-16 does. */
export function markOf([a, b, c, d]: Uint8Array): FoundEncoding | undefined {
  if ((a === 0xff && b === 0xfe && c === 0 && d === 0) || (a === 0 && b === 0 && c === 0xfe && d === 0xff))
    return { encoding: 'utf-32', markBytes: 4 }
  if (a === 0xef && b === 0xbb && c === 0xbf) return { encoding: 'utf-8', markBytes: 3 }
  if (a === 0xff && b === 0xfe) return { encoding: 'utf-16le', markBytes: 2 }
  if (a === 0xfe && b === 0xff) return { encoding: 'utf-16be', markBytes: 2 }
  return undefined
}

/** Looks at pieces of a text, of which the first is its beginning. Each of the others begins at an even byte. */
export function findEncoding(pieces: readonly Uint8Array[]): FoundEncoding {
  const mark = markOf(pieces[0] ?? new Uint8Array())
  return mark ?? { encoding: withoutMark(pieces), markBytes: 0 }
}

function withoutMark(pieces: readonly Uint8Array[]): Encoding {
  const wide = pieces.map(wideOf).find((found) => found !== undefined)
  if (wide !== undefined) return wide
  if (pieces.every((piece) => isUtf8(whole(piece)))) return 'utf-8'
  const { sequences, strays } = countUtf8(pieces)
  // Characters of several bytes are hardly there by chance: their records are read, and those of the other bytes are refused.
  if (sequences >= strays) return 'utf-8'
  if (pieces.every(mayBeBig5)) return 'big5'
  return pieces.some((piece) => piece.some((byte) => notInWindows1252.has(byte))) ? 'iso-8859-1' : 'windows-1252'
}

/** Bytes without a character in windows-1252. */
export const notInWindows1252: ReadonlySet<number> = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d])

/** In UTF-16 a line end has a zero beside it, as all of ASCII has, always on the same side; in other texts NUL is not text. */
function wideOf(piece: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (!piece.includes(0)) return undefined
  const zeros = [0, 0]
  const ends = [0, 0]
  let bare = 0
  for (let at = 0; at < piece.length; at++) {
    const byte = piece[at]
    if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1
    if (byte !== 0x0a && byte !== 0x0d) continue
    const side = piece[at ^ 1] === 0 ? (at % 2 === 0 ? 1 : 0) : undefined
    if (side === undefined) bare++
    else ends[side] = (ends[side] ?? 0) + 1
  }
  const units = piece.length / 2
  const isWide = (side: 0 | 1): boolean => {
    const [here, there] = [zeros[side] ?? 0, zeros[1 - side] ?? 0]
    const lines = ends[side] ?? 0
    return here > 10 * there && (lines > 0 ? lines > 4 * bare : bare === 0 && here > 0.3 * units)
  }
  return isWide(1) ? 'utf-16le' : isWide(0) ? 'utf-16be' : undefined
}

/** A piece without the characters that its edges cut. */
function whole(piece: Uint8Array): Uint8Array {
  let [from, to] = [0, piece.length]
  while (from < 3 && isContinuation(piece[from])) from++
  for (let back = 1; back <= 4 && back <= to; back++) {
    const byte = piece[to - back] ?? 0
    if (isContinuation(byte)) continue
    if (byte >= 0xc2 && lengthOf(byte) > back) to -= back
    break
  }
  return piece.subarray(from, Math.max(from, to))
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80
const lengthOf = (lead: number): number => (lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2)

/** Characters of several bytes, and bytes above ASCII that belong to none. */
function countUtf8(pieces: readonly Uint8Array[]): { sequences: number; strays: number } {
  let [sequences, strays] = [0, 0]
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at] ?? 0
      if (byte < 0x80) continue
      const length = lengthOf(byte)
      if (byte >= 0xc2 && byte < 0xf5 && isUtf8(piece.subarray(at, at + length)) && at + length <= piece.length) {
        sequences++
        at += length - 1
      } else strays++
    }
  }
  return { sequences, strays }
}

/**
 * The characters of daily use stand in the rows A4 to C6, marks in A1 to A3. Letters with accents of western texts are C0 to FF: as Big5
 * they would be rare characters, where they are any.
 */
function mayBeBig5(piece: Uint8Array): boolean {
  let [common, pairs, at] = [0, 0, 0]
  while (at < piece.length) {
    const lead = piece[at] ?? 0
    if (lead < 0x80) {
      at++
      continue
    }
    const trail = piece[at + 1]
    if (trail === undefined) break
    const fits = lead >= 0x81 && lead <= 0xfe && ((trail >= 0x40 && trail <= 0x7e) || (trail >= 0xa1 && trail <= 0xfe))
    // A place further on in a text may begin within a character.
    if (!fits && at > 1) return false
    pairs++
    if (fits && lead >= 0xa1 && lead <= 0xc6) common++
    at += fits ? 2 : 1
  }
  return pairs > 0 ? common >= 0.8 * pairs : true
}
