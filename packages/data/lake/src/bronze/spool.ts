import { createWriteStream } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { LandedPage } from '@sluice/author'
import { lakeErrors } from '../errors.ts'
import type { Cell, LongText } from './parquet/write.ts'

/**
 * The bodies of one attempt on their way to Parquet: their bytes, one after another, in one file; where each begins is kept in memory.
 * States of a body: open while it streams in; whole when it ended; broken when its source failed. A spool with a broken body is never
 * landed: it is what is kept as rejected.
 */
export interface Spool {
  readonly pages: number
  readonly credits: number
  /** Bytes of all bodies. */
  readonly received: number
  /** The pages in their order, a few together: `[ingested_at, source, request, page, payload]`. */
  groups(): Iterable<readonly (readonly Cell[])[]>
  /** Writes one page; when this returns, the page is in the file. */
  add(page: LandedPage): Promise<void>
  /**
   * Writes all of it into one file, a JSON object a line: `{page, ingested_at, source, request, payload}`, broken ones with `truncated`.
   */
  keep(path: string): Promise<void>
  /** Closes the file and takes it away. */
  remove(): Promise<void>
}

interface Entry {
  readonly page: number
  readonly receivedAt: number
  readonly source: string
  readonly request: string
  readonly start: number
  bytes: number
  state: 'open' | 'whole' | 'broken'
}

/**
 * How many bytes of bodies stand in one row group, and how many rows at most. Unnesting the lists of some ten bodies at a time takes two
 * thirds of the processor time that it takes of a hundred.
 */
const [groupBytes, groupRows] = [2 << 20, 2048]

/** A page of a Parquet file counts its bytes in 31 bits. The room is for the bodies that stand before it in its row group. */
const longestBody = 2 ** 31 - 1 - 2 * groupBytes

const pieceBytes = 256 * 1024

export async function openSpool(path: string): Promise<Spool> {
  const file = await open(path, 'w+')
  const entries: Entry[] = []
  let [end, credits] = [0, 0]

  const textOf = ({ start, bytes }: Entry): LongText => ({
    bytes,
    async *open() {
      for (let at = 0; at < bytes; ) {
        const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(Math.min(pieceBytes, bytes - at)), 0, undefined, start + at)
        at += bytesRead
        yield buffer.subarray(0, bytesRead)
      }
    },
  })

  async function* lines(): AsyncIterable<string> {
    for (const entry of entries) {
      const { page, receivedAt, source, request, state } = entry
      yield `{"page":${page},"ingested_at":${receivedAt},"source":${quoted(source)},"request":${quoted(request)},"payload":"`
      const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
      for await (const piece of textOf(entry).open()) yield escaped(decoder.decode(piece, { stream: true }))
      yield `${escaped(decoder.decode())}"${state === 'whole' ? '' : ',"truncated":true'}}\n`
    }
  }

  return {
    get pages() {
      return entries.length
    },
    get credits() {
      return credits
    },
    get received() {
      return end
    },
    *groups() {
      let group: Cell[][] = []
      let bytes = 0
      for (const entry of entries) {
        group.push([entry.receivedAt, entry.source, entry.request, entry.page, textOf(entry)])
        bytes += entry.bytes
        if (bytes < groupBytes && group.length < groupRows) continue
        yield group
        group = []
        bytes = 0
      }
      if (group.length > 0) yield group
    },
    async add(page) {
      const entry: Entry = {
        page: entries.length + 1,
        receivedAt: page.receivedAt,
        source: page.source.toWellFormed(),
        request: page.request.toWellFormed(),
        start: end,
        bytes: 0,
        state: 'open',
      }
      entries.push(entry)
      try {
        for await (const piece of inPieces(checkedPieces(page))) {
          await file.appendFile(piece)
          entry.bytes += piece.length
          end += piece.length
        }
        entry.state = 'whole'
        credits += typeof page.credits === 'function' ? page.credits(entry.bytes) : (page.credits ?? 0)
      } catch (thrown) {
        entry.state = 'broken'
        throw thrown
      }
    },
    keep: (target) => pipeline(Readable.from(lines()), createWriteStream(target)),
    async remove() {
      await file.close()
      await rm(path, { force: true })
    },
  }
}

const quoted = (text: string): string => JSON.stringify(text)
/** JSON's own escapes, without the quotes. */
const escaped = (text: string): string => quoted(text).slice(1, -1)

/** The bytes of a body as they come. @throws `lake.body_malformed`, `lake.body_too_large` before a byte that may not be landed */
async function* checkedPieces(page: LandedPage): AsyncIterable<Uint8Array> {
  if (typeof page.body === 'string') {
    // A lone surrogate has no UTF-8 form and becomes U+FFFD.
    yield within(page, Buffer.from(page.body.toWellFormed()))
    return
  }
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let bytes = 0
  for await (const chunk of page.body) {
    bytes += chunk.byteLength
    decode(decoder, chunk, page, bytes)
    yield within(page, chunk, bytes)
  }
  decode(decoder, undefined, page, bytes)
}

function within(page: LandedPage, chunk: Uint8Array, bytes: number = chunk.length): Uint8Array {
  if (bytes <= longestBody) return chunk
  throw lakeErrors.body_too_large(`A body of ${page.source} is longer than ${longestBody} bytes`, {
    facts: { source: page.source, request: page.request, limit: longestBody },
    next: 'Ask the source for smaller pages, or cut a body of lines into several pages with pagesOfLines.',
  })
}

function decode(decoder: InstanceType<typeof TextDecoder>, chunk: Uint8Array | undefined, page: LandedPage, bytes: number): void {
  try {
    decoder.decode(chunk, { stream: chunk !== undefined })
  } catch (cause) {
    throw lakeErrors.body_malformed(`The answer of ${page.source} is not UTF-8 text`, {
      cause,
      facts: { source: page.source, request: page.request, beforeByte: bytes },
      next: 'Look at the rejected body; decode another encoding in the source before yielding the page.',
    })
  }
}

/** Gathers small pieces, so that a body of many chunks does not cost a system call each; what came before a failure comes, too. */
async function* inPieces(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Buffer> {
  let waiting: Uint8Array[] = []
  let bytes = 0
  let failure: { readonly thrown: unknown } | undefined
  try {
    for await (const chunk of chunks) {
      waiting.push(chunk)
      bytes += chunk.byteLength
      if (bytes < pieceBytes) continue
      const piece = Buffer.concat(waiting)
      waiting = []
      bytes = 0
      yield piece
    }
  } catch (thrown) {
    failure = { thrown }
  }
  if (bytes > 0) yield Buffer.concat(waiting)
  if (failure !== undefined) throw failure.thrown
}
