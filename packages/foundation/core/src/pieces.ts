/** Short texts joined to pieces of some length: a text that leaves in a hundred thousand writes is slower than its making. */
export function joinedPieces(texts: Iterable<string>, length = 65_536): readonly string[] {
  const pieces: string[] = []
  let piece = ''
  for (const text of texts) {
    piece += text
    if (piece.length < length) continue
    pieces.push(piece)
    piece = ''
  }
  return piece === '' ? pieces : [...pieces, piece]
}
