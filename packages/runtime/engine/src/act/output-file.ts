import { fstatSync, readSync } from 'node:fs'

/** A longer line is told in pieces. */
const longest = 1 << 20
const newline = 10

/**
 * What others append to a file, line by line. A file, and not a pipe: it keeps what was printed when the reader is blocked or killed, and
 * its length says without waiting whether there is more.
 */
export class OutputFile {
  readonly #fd: number
  #at: number

  constructor(fd: number, at = 0) {
    this.#fd = fd
    this.#at = at
  }

  /** Where the next line begins: what is before has been told. */
  get at(): number {
    return this.#at
  }

  /** Lines that have come whole; with `all`, also the beginning of one that will not end. */
  *lines(all = false): Generator<string> {
    for (;;) {
      const size = fstatSync(this.#fd).size
      // Emptied by another process that had read all of it.
      if (size < this.#at) this.#at = 0
      if (size === this.#at) return
      const chunk = Buffer.allocUnsafe(Math.min(longest, size - this.#at))
      const read = chunk.subarray(0, readSync(this.#fd, chunk, 0, chunk.length, this.#at))
      const end = read.lastIndexOf(newline)
      if (end === -1 && !all && read.length < longest) return
      const whole = read.subarray(0, end === -1 ? read.length : end)
      this.#at += end === -1 ? read.length : end + 1
      for (const line of whole.toString('utf8').split('\n')) yield line.endsWith('\r') ? line.slice(0, -1) : line
    }
  }
}
