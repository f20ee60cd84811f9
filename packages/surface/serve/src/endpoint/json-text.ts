type Pieces = AsyncIterable<Uint8Array | string> | Iterable<string>

/** An answer whose JSON is made already, in pieces: it is passed on as it comes, and never held as a whole. */
export class JsonText {
  readonly pieces: Pieces

  constructor(pieces: Pieces) {
    this.pieces = pieces
  }

  /** What it says. */
  async read(): Promise<unknown> {
    const pieces: Buffer[] = []
    for await (const piece of this.pieces) pieces.push(Buffer.from(piece))
    return JSON.parse(Buffer.concat(pieces).toString())
  }
}
