import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { cutText } from '@sluice/core'
import { append, type Growing, growing } from './growing.ts'

/** A record that cannot be read. */
export interface RefusedRecord {
  /** Where it begins: its line, from 1. */
  readonly row: number
  readonly rule: string
  /** Columns at fault. */
  readonly place?: string
  readonly cells: Readonly<Record<string, string>>
}

/** What was read of a file, on its way to DuckDB: a JSON object a record, all of whose values are strings; refused records beside it. */
export interface RecordOutput {
  /** The records that wait to be written. Whole ones alone may stand here when `flush` is called. */
  readonly records: Growing
  refuse(record: RefusedRecord): void
  /** Writes what has come together. */
  flush(): Promise<void>
  /** Writes all, and says how many were refused. */
  finish(): Promise<WrittenRecords>
  close(): Promise<void>
}

export interface WrittenRecords {
  readonly recordsPath: string
  readonly refusedPath: string
  readonly refused: number
}

/** For a look at what a file holds: nothing is kept. */
export function forgottenRecords(): RecordOutput {
  const records = growing(block)
  return {
    records,
    refuse() {},
    flush: async () => {
      records.length = 0
    },
    finish: async () => ({ recordsPath: '', refusedPath: '', refused: 0 }),
    close: async () => {},
  }
}

/** Enough to be worth a call of the system. */
const block = 1 << 20
/** Of a record that is shown in quarantine, in characters. */
const longestShown = 65_536

export async function openRecordOutput(folder: string): Promise<RecordOutput> {
  const [recordsPath, refusedPath] = [join(folder, 'records.ndjson'), join(folder, 'refused.ndjson')]
  const files: FileHandle[] = []
  for (const path of [recordsPath, refusedPath]) files.push(await open(path, 'wx', 0o600))
  const records = growing(2 * block)
  const refused = growing(block)
  let count = 0

  async function write(at: number, from: Growing): Promise<void> {
    for (let done = 0; done < from.length; ) done += (await files[at]?.write(from.data, done, from.length - done))?.bytesWritten ?? 0
    from.length = 0
  }

  async function flush(least = block): Promise<void> {
    if (records.length >= least) await write(0, records)
    if (refused.length >= least) await write(1, refused)
  }

  return {
    records,
    flush: () => flush(),
    refuse({ row, rule, place, cells }) {
      const shown = Object.entries(cells).map(([name, text]) => [name, cutText(text, longestShown).toWellFormed()])
      const line = { row_number: row, rule, place, cells: JSON.stringify(Object.fromEntries(shown)) }
      append(refused, Buffer.from(`${JSON.stringify(line)}\n`))
      count++
    },
    async finish() {
      await flush(1)
      return { recordsPath, refusedPath, refused: count }
    },
    async close() {
      for (const file of files.splice(0)) await file.close()
    },
  }
}
