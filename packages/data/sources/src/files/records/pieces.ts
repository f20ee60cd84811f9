import { createReadStream } from 'node:fs'
import type { FileAtHand, ReadContext } from '../reader.ts'

/** Of a file that is only looked at, in bytes. */
export const lookedAt = 4 << 20

/** The bytes of a file of text as UTF-8, piece by piece; `most` of them at the most. */
export const pieces = (file: FileAtHand, { signal }: ReadContext, most = Number.POSITIVE_INFINITY): AsyncIterable<Uint8Array> =>
  createReadStream(file.path, { highWaterMark: 1 << 20, end: most - 1, ...(signal === undefined ? {} : { signal }) })
