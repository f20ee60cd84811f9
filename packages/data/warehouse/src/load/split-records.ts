import { CsvRecords } from './csv-records.ts'
import { Lines } from './lines.ts'
import { cellsOf, type Look } from './look.ts'
import { readRecords } from './read-records.ts'

/** A record that is kept out of the table, and its place in the file, from 1. */
export interface HeldBack {
  readonly line: number
  readonly text: Buffer
}

export interface Split {
  /** The records that hold no refused text, each with one more cell. */
  readonly pieces: AsyncIterable<Buffer>
  /** The others. Right once the pieces have ended, like what follows. */
  readonly heldBack: readonly HeldBack[]
  rows(): number
  /** Read. */
  bytes(): number
}

/** Parts a file in two, on its way to the server. `cell`: what is added to a record, by its place in the file. */
export function splitRecords(path: string, looks: readonly Look[], cell: (line: number) => number, signal?: AbortSignal): Split {
  const heldBack: HeldBack[] = []
  const kept = new Lines()
  let [rows, bytesRead] = [0, 0]
  const records = new CsvRecords(cellsOf(looks), (bytes, start, end, ends) => {
    rows++
    if (looks.some((look) => look.isRefused(bytes, start, ends)))
      heldBack.push({ line: rows, text: Buffer.from(bytes.subarray(start, end)) })
    else kept.add(bytes, start, end, cell(rows))
  })
  async function* parted(): AsyncGenerator<Buffer> {
    for await (const total of readRecords(path, records, signal)) {
      bytesRead = total
      yield kept.take()
    }
  }
  return { pieces: parted(), heldBack, rows: () => rows, bytes: () => bytesRead }
}
