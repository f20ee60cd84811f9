import { isUtf8 } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { quoteLiteral } from '@sluice/duckdb'

/** Why a record cannot be read, and what is said of it. */
export const refusalMessages = {
  'record(few)': 'The line has fewer cells than the file has columns.',
  'record(many)': 'The line has more cells than the file has columns.',
  'record(quote)': 'A quote of the line is not closed, or text stands behind one that closes.',
  'record(encoding)': 'A byte of the line is not written in the encoding of the file.',
  'record(nul)': 'The line has a NUL byte.',
  'record(comment)':
    "The line begins as a comment does and has a cell for each column. Say what it is: comment: '#' for a comment, comment: '' for a record.",
  'record(size)': 'The line is longer than a record may be, or a quote of it is not closed.',
} as const satisfies Readonly<Record<string, string>>

export type RefusalRule = keyof typeof refusalMessages

/** Of a line as much is kept. */
const mostBytes = 64 * 1024

/** The records of a file that cannot be read, on disk: there may be as many as there are lines. */
export interface Refusals extends AsyncDisposable {
  add(line: number, rule: RefusalRule, bytes: Uint8Array): void
  /** To be called now and then: what was added goes to disk. */
  flush(): Promise<void>
  count(): number
  /** The SELECT over them. */
  select(): string
}

export async function openRefusals(folder: string): Promise<Refusals> {
  const path = join(folder, `refused-${randomUUID()}.json`)
  const handle: FileHandle = await open(path, 'wx')
  let [waiting, count]: [string[], number] = [[], 0]
  const flush = async (): Promise<void> => {
    if (waiting.length > 0) await handle.write(waiting.join(''))
    waiting = []
  }
  return {
    add(line, rule, bytes) {
      count++
      const cells = JSON.stringify({ line: shown(bytes.subarray(0, mostBytes)) })
      waiting.push(`${JSON.stringify({ row_number: line, rule, cells })}\n`)
    },
    flush,
    count: () => count,
    select: () =>
      `SELECT row_number, rule, NULL::VARCHAR AS place, cells FROM read_json(${quoteLiteral(path)}, format = 'newline_delimited', ` +
      `compression = 'uncompressed', columns = {row_number: 'BIGINT', rule: 'VARCHAR', cells: 'VARCHAR'})`,
    async [Symbol.asyncDispose]() {
      await handle.close()
      await rm(path, { force: true })
    },
  }
}

/** Bytes as people can read them: those that are not UTF-8, and NUL, as `\xE9`. */
function shown(bytes: Uint8Array): string {
  const line = withoutEnd(bytes)
  if (isUtf8(line) && !line.includes(0)) return Buffer.from(line).toString()
  let text = ''
  for (let at = 0; at < line.length; ) {
    const length = [1, 2, 3, 4].find((size) => at + size <= line.length && isUtf8(line.subarray(at, at + size)) && line[at] !== 0)
    text +=
      length === undefined
        ? `\\x${(line[at] ?? 0).toString(16).toUpperCase().padStart(2, '0')}`
        : Buffer.from(line.subarray(at, at + length)).toString()
    at += length ?? 1
  }
  return text
}

function withoutEnd(bytes: Uint8Array): Uint8Array {
  let end = bytes.length
  if (bytes[end - 1] === 0x0a) end--
  if (bytes[end - 1] === 0x0d) end--
  return bytes.subarray(0, end)
}
