import type { Random } from '@sluice/core/testing'

/** Bytes that mean something to one format or another. */
const marks = [
  '"',
  "'",
  '{',
  '}',
  '[',
  ']',
  '<',
  '>',
  '&',
  ',',
  ';',
  '\\',
  '\n',
  '\r',
  '\0',
  '\t',
  ' ',
  '-',
  '9',
  'é',
  '\ufeff',
  'PK\x03\x04',
] as const

/** A file with faults: bytes flipped, cut out, doubled, put in, or taken from another. */
export function mutated(random: Random, bytes: Buffer, other: Buffer): Buffer {
  let changed = bytes
  for (let times = 1 + random.integer(4); times > 0; times--) changed = mutatedOnce(random, changed, other)
  return changed
}

function mutatedOnce({ integer, pick }: Random, bytes: Buffer, other: Buffer): Buffer {
  const at = integer(bytes.length + 1)
  const to = Math.min(bytes.length, at + integer(1 + Math.floor(bytes.length / 3)))
  const [before, piece, behind] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)]
  switch (integer(7)) {
    case 0: {
      const flipped = Buffer.from(bytes)
      if (at < flipped.length) flipped[at] = (flipped[at] ?? 0) ^ (1 << integer(8))
      return flipped
    }
    case 1:
      return before
    case 2:
      return Buffer.concat([before, behind])
    case 3:
      return Buffer.concat([before, piece, piece, behind])
    case 4:
      return Buffer.concat([before, Buffer.from(pick(marks)), bytes.subarray(at)])
    case 5: {
      const from = integer(other.length + 1)
      return Buffer.concat([before, other.subarray(from, from + integer(200)), behind])
    }
    default: {
      const changed = Buffer.from(bytes)
      for (let place = at; place < Math.min(to, at + 16); place++) changed[place] = integer(256)
      return changed
    }
  }
}
