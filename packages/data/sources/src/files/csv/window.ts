import type { FileHandle } from 'node:fs/promises'

/** A part of a file in memory, which moves forward: from a place that is kept to as far as was read. */
export interface Window {
  /** The bytes at hand. Another array after each call of `more`. */
  bytes: Buffer
  /** How many of them are read. */
  length: number
  /** Where in the file the first of them stands. */
  base: number
  /** Whether the file ends behind them. */
  isLast: boolean
  /** Forgets the bytes before `from`, counted from the beginning of the window, and reads on. The bytes from there stand first then. */
  more(from: number): Promise<void>
}

export function windowOver(handle: FileHandle, start: number, size: number): Window {
  const window: Window = {
    bytes: Buffer.allocUnsafe(size),
    length: 0,
    base: start,
    isLast: false,
    async more(from) {
      const kept = window.length - from
      // Half of it at least is to be read anew, so that long records are not copied again and again.
      const room = kept > window.bytes.length / 2 ? window.bytes.length * 2 : Math.max(size, kept * 2)
      const into = room === window.bytes.length ? window.bytes : Buffer.allocUnsafe(room)
      window.bytes.copy(into, 0, from, window.length)
      window.bytes = into
      window.base += from
      window.length = kept
      while (window.length < into.length) {
        const { bytesRead } = await handle.read(into, window.length, into.length - window.length, window.base + window.length)
        if (bytesRead === 0) {
          window.isLast = true
          return
        }
        window.length += bytesRead
      }
    },
  }
  return window
}
