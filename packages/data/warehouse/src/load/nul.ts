/** Stands for U+0000, which no text of PostgreSQL holds: U+FFFF, which is not a character either (Unicode 23.7). */
export const nulStandIn = '\uffff'
const standIn = Buffer.from(nulStandIn)

export interface NulFree {
  readonly pieces: AsyncIterable<Buffer | string>
  /** Whether there was one. Right once the pieces have ended. */
  found(): boolean
}

/** Bytes with NUL end a COPY, with all of its rows. Here each becomes a character that the rules of the row find. */
export function withoutNul(pieces: AsyncIterable<Buffer | string>): NulFree {
  let found = false
  async function* replaced(): AsyncGenerator<Buffer | string> {
    for await (const piece of pieces) {
      if (!piece.includes('\0')) yield piece
      else {
        found = true
        yield typeof piece === 'string' ? piece.replaceAll('\0', nulStandIn) : replacedIn(piece)
      }
    }
  }
  return { pieces: replaced(), found: () => found }
}

function replacedIn(piece: Buffer): Buffer {
  const parts: Buffer[] = []
  let from = 0
  for (let at = piece.indexOf(0); at >= 0; at = piece.indexOf(0, from)) {
    parts.push(piece.subarray(from, at), standIn)
    from = at + 1
  }
  return Buffer.concat([...parts, piece.subarray(from)])
}
