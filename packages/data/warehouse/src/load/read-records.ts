import { open } from 'node:fs/promises'
import type { CsvRecords } from './csv-records.ts'
import { NotStraight } from './not-straight.ts'

/** One buffer for all of a file: pieces of a stream, and joining them, cost as much again as looking at them. Fits the longest record. */
const bufferBytes = 1024 * 1024
const lf = 0x0a

/** Has the records of a file taken. Gives the bytes read so far after each part. @throws NotStraight, or the signal's reason */
export async function* readRecords(path: string, records: CsvRecords, signal?: AbortSignal, size = bufferBytes): AsyncGenerator<number> {
  await using file = await open(path)
  const buffer = Buffer.allocUnsafe(size)
  let [filled, total] = [0, 0]
  for (;;) {
    signal?.throwIfAborted()
    // One byte is left for the line end that a last record may lack.
    const { bytesRead } = await file.read(buffer, filled, size - 1 - filled)
    if (bytesRead === 0) break
    total += bytesRead
    filled += bytesRead
    const rest = records.cut(buffer.subarray(0, filled))
    buffer.copyWithin(0, rest, filled)
    filled -= rest
    if (filled === size - 1) throw new NotStraight(`a record is longer than ${size} bytes`)
    yield total
  }
  if (filled > 0) {
    buffer[filled] = lf
    if (records.cut(buffer.subarray(0, filled + 1)) <= filled) throw new NotStraight('the last record does not end')
  }
  yield total
}
