import { type FileHandle, open, realpath } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { notFound } from '@sluice/core'

const chunkBytes = 64 * 1024
const pollMs = 200

/** Where an attempt's log is. @throws `not_found` for a name that leads out of the state directory. */
export async function logPath(stateDir: string, log: string): Promise<string> {
  const root = await realpath(resolve(stateDir))
  const path = resolve(root, log)
  const real = await realpath(path).catch(() => path)
  if (real.startsWith(join(root, 'logs') + sep)) return real
  throw notFound('the attempt has no log below the state directory', { facts: { log } })
}

/** A log as it is read: lines before and after what its file holds. A file that does not exist yet counts as empty. */
export interface ReadableLog {
  readonly path: string
  readonly first: string
  /** The last line, once nothing more will be written; undefined until then. */
  readonly last: () => Promise<string | undefined>
}

/** Which part is read: all of it unless told otherwise. Offsets count bytes of the whole, from its first line. */
export interface LogRange {
  readonly from?: number
  /** The last lines. */
  readonly tail?: number
  /** At most so many. The part then ends with a whole line, where the last 64 KB of it hold an end of one. */
  readonly bytes?: number
  /** Reads on as the file grows, until it has its last line. */
  readonly follow?: boolean
}

/** The bytes of a log in small pieces, whatever its size and that of its lines. */
export async function* readLog(log: ReadableLog, range: LogRange, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const first = Buffer.from(log.first)
  let at = range.tail === undefined ? (range.from ?? 0) : await offsetOfTail(log, range.tail)
  let left = range.bytes ?? Number.POSITIVE_INFINITY
  for (;;) {
    // Asked before the file is read: what was written before the end is then surely seen.
    const last = await log.last()
    for await (const chunk of piecesOf([first, log.path, Buffer.from(last ?? '')], at)) {
      if (left <= chunk.byteLength) {
        yield wholeLines(chunk, left)
        return
      }
      at += chunk.byteLength
      left -= chunk.byteLength
      yield chunk
    }
    if (range.follow !== true || last !== undefined || signal.aborted) return
    await delay(pollMs, undefined, { signal }).catch(() => undefined)
  }
}

function wholeLines(chunk: Uint8Array, most: number): Uint8Array {
  const part = chunk.subarray(0, most)
  if (most === chunk.byteLength) return part
  const end = part.lastIndexOf(newline) + 1
  return end === 0 ? part : part.subarray(0, end)
}

const newline = 0x0a

/** Texts and the file between them as one, from an offset on. */
async function* piecesOf(parts: readonly (Buffer | string)[], from: number): AsyncGenerator<Uint8Array> {
  let skip = from
  for (const part of parts) {
    if (typeof part === 'string') {
      const file = await openLog(part)
      if (file === undefined) continue
      try {
        const { size } = await file.stat()
        yield* bytesFrom(file, skip)
        skip = Math.max(0, skip - size)
      } finally {
        await file.close()
      }
    } else {
      if (skip < part.byteLength) yield part.subarray(skip)
      skip = Math.max(0, skip - part.byteLength)
    }
  }
}

async function* bytesFrom(file: FileHandle, start: number): AsyncGenerator<Uint8Array> {
  for (let at = start; ; ) {
    const { bytesRead, buffer } = await file.read(new Uint8Array(chunkBytes), 0, chunkBytes, at)
    if (bytesRead === 0) return
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

/** Where the last lines begin: the file is read from its end, as far as they reach. */
async function offsetOfTail(log: ReadableLog, lines: number): Promise<number> {
  const first = Buffer.byteLength(log.first)
  const ofFile = lines - ((await log.last()) === undefined ? 0 : 1)
  if (ofFile < 0) return Number.MAX_SAFE_INTEGER
  const file = await openLog(log.path)
  if (file === undefined) return ofFile > 0 ? 0 : first
  try {
    const { size } = await file.stat()
    if (ofFile <= 0) return first + size
    let missing = ofFile
    // The newline that ends the last line begins no other.
    for (let end = size - 1; end > 0; ) {
      const begin = Math.max(0, end - chunkBytes)
      const { buffer } = await file.read(new Uint8Array(end - begin), 0, end - begin, begin)
      for (let at = buffer.lastIndexOf(newline); at >= 0; at = at === 0 ? -1 : buffer.lastIndexOf(newline, at - 1)) {
        if (--missing === 0) return first + begin + at + 1
      }
      end = begin
    }
    return missing > 1 || size === 0 ? 0 : first
  } finally {
    await file.close()
  }
}

const openLog = (path: string): Promise<FileHandle | undefined> =>
  open(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  })
