import { createReadStream, createWriteStream } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { LandedPage } from '@sluice/author'
import { lakeErrors } from '../errors.ts'

/**
 * The bodies of one attempt on their way to Parquet: one JSON object a line, `{page, ingested_at, source, request, payload}`, the body's
 * text exact inside. States of a line: open while its body streams in; closed when the body ended, or with `"truncated": true` when it
 * broke off. A spool is read back only when every line closed well; otherwise it is what is kept as rejected.
 */
export interface Spool {
  /** In the order of the pages. */
  readonly files: readonly string[]
  readonly pages: number
  readonly credits: number
  /** Bytes of the longest line, which DuckDB must be told. */
  readonly longestLine: number
  /** Writes one page; when this returns, the page is in the file. */
  add(page: LandedPage): Promise<void>
  close(): Promise<void>
  /** Moves all of it, closed, into one file. */
  keep(path: string): Promise<void>
  remove(): Promise<void>
}

/**
 * How much a file of the spool takes before the next one begins. DuckDB hands on the bodies of one file together, and they stay together in
 * the row group of the Parquet file: unnesting the lists of some ten bodies at a time takes two thirds of the processor time that it takes
 * of a hundred.
 */
const fileBytes = 2 << 20

/** `path` without an extension. */
export async function openSpool(path: string): Promise<Spool> {
  const files = [`${path}.ndjson`]
  let file = await open(files[0] ?? '', 'w')
  let [pages, credits, longestLine, bytesInFile] = [0, 0, 0, 0]

  async function nextFile(): Promise<void> {
    await file.close()
    const next = `${path}.${files.length}.ndjson`
    files.push(next)
    file = await open(next, 'w')
    bytesInFile = 0
  }

  return {
    files,
    get pages() {
      return pages
    },
    get credits() {
      return credits
    },
    get longestLine() {
      return longestLine
    },
    async add(page) {
      if (bytesInFile >= fileBytes) await nextFile()
      const line = lineWriter(file)
      await line.write(
        `{"page":${pages + 1},"ingested_at":${page.receivedAt},"source":${quoted(page.source)},"request":${quoted(page.request)},"payload":"`,
      )
      pages++
      try {
        const bytes = await writeBody(page, line)
        await line.end('"}\n')
        longestLine = Math.max(longestLine, line.bytes)
        bytesInFile += line.bytes
        credits += typeof page.credits === 'function' ? page.credits(bytes) : (page.credits ?? 0)
      } catch (thrown) {
        await line.end('","truncated":true}\n').catch(() => {})
        throw thrown
      }
    },
    close: () => file.close(),
    async keep(target) {
      const [first = '', ...rest] = files
      for (const next of rest) await pipeline(createReadStream(next), createWriteStream(first, { flags: 'a' }))
      await rename(first, target)
    },
    async remove() {
      await Promise.all(files.map((each) => rm(each, { force: true })))
    },
  }
}

/** JSON's own escapes; a lone surrogate has no UTF-8 form and becomes U+FFFD. */
const quoted = (text: string): string => JSON.stringify(text.toWellFormed())
const escaped = (text: string): string => quoted(text).slice(1, -1)

/** Returns the body's bytes, as the source sent them. */
async function writeBody(page: LandedPage, line: LineWriter): Promise<number> {
  if (typeof page.body === 'string') {
    await line.write(escaped(page.body))
    return Buffer.byteLength(page.body)
  }
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let bytes = 0
  for await (const chunk of page.body) {
    bytes += chunk.byteLength
    await line.write(escaped(decode(decoder, chunk, page, bytes)))
  }
  await line.write(escaped(decode(decoder, undefined, page, bytes)))
  return bytes
}

function decode(decoder: InstanceType<typeof TextDecoder>, chunk: Uint8Array | undefined, page: LandedPage, bytes: number): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true })
  } catch (cause) {
    throw lakeErrors.body_malformed(`The answer of ${page.source} is not UTF-8 text`, {
      cause,
      facts: { source: page.source, request: page.request, beforeByte: bytes },
      next: 'Look at the rejected body; decode another encoding in the source before yielding the page.',
    })
  }
}

interface LineWriter {
  readonly bytes: number
  write(text: string): Promise<void>
  end(text: string): Promise<void>
}

/** Gathers small pieces, so that a body of many chunks does not cost a system call each. */
function lineWriter(file: FileHandle): LineWriter {
  let waiting = ''
  let bytes = 0
  async function flush(): Promise<void> {
    const data = Buffer.from(waiting)
    waiting = ''
    bytes += data.byteLength
    await file.appendFile(data)
  }
  return {
    get bytes() {
      return bytes
    },
    async write(text) {
      waiting += text
      if (waiting.length >= 1 << 20) await flush()
    },
    async end(text) {
      waiting += text
      await flush()
    },
  }
}
