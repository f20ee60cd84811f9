import { createReadStream } from 'node:fs'
import { orAborted } from '@sluice/core'

/** CSV without header, comma, doubled quotes: an empty unquoted cell is NULL, a quoted one is the empty text. A path, or its bytes. */
export type CsvSource = string | AsyncIterable<Buffer | string>

export interface CountedSource {
  readonly pieces: AsyncIterable<Buffer | string>
  /** Right once the source has ended. */
  bytes(): number
}

/** Counts what passes, and ends with the signal's reason even while the source keeps silent. */
export function countedSource(source: CsvSource, signal?: AbortSignal): CountedSource {
  let bytes = 0
  async function* pieces(): AsyncGenerator<Buffer | string> {
    const iterator = (typeof source === 'string' ? fileOf(source) : source)[Symbol.asyncIterator]()
    try {
      for (;;) {
        const next = await orAborted(iterator.next(), signal)
        if (next.done === true) return
        bytes += Buffer.byteLength(next.value)
        yield next.value
      }
    } finally {
      // Not waited for: a source that hangs would never answer.
      iterator.return?.().catch(() => undefined)
    }
  }
  return { pieces: pieces(), bytes: () => bytes }
}

const fileOf = (path: string): AsyncIterable<Buffer> => createReadStream(path, { highWaterMark: 256 * 1024 })
