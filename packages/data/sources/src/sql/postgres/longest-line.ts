import { Transform } from 'node:stream'

const newline = 10

/** Passes bytes on, and knows a length that no line among them has more bytes than: exact for lines that are longer than a piece. */
export class LongestLine extends Transform {
  longest = 0
  #open = 0

  override _transform(piece: Buffer, _: BufferEncoding, done: (error: null, piece: Buffer) => void): void {
    const first = piece.indexOf(newline)
    if (first === -1) this.#open += piece.length
    else {
      const last = piece.lastIndexOf(newline)
      this.#see(this.#open + first)
      // Those in between are not looked at one by one.
      this.#see(last - first)
      this.#open = piece.length - last - 1
    }
    this.#see(this.#open)
    done(null, piece)
  }

  #see(bytes: number): void {
    if (bytes > this.longest) this.longest = bytes
  }
}
