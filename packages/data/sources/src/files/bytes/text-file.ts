import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Compression, Encoding } from '@sluice/author'
import { fileErrors } from '../../errors.ts'
import { openFile } from '../folder/open-file.ts'
import type { FileAtHand, ReadContext } from '../reader.ts'
import { compressionOf } from './compression.ts'
import { type FoundEncoding, findEncoding, markOf } from './encoding.ts'
import { type ExpansionLimits, expansionLimits } from './limits.ts'
import { refuseNotText } from './not-text.ts'
import { asUtf8 } from './transcode.ts'
import { unpacked } from './unpack.ts'

/** What a format says of the bytes of its file. */
export interface DeclaredBytes {
  readonly compression?: Compression
  readonly encoding?: Encoding
}

export interface FoundBytes {
  readonly compression: Compression
  readonly encoding: Encoding
  /** Whether the text begins with a byte order mark. */
  readonly mark: boolean
}

/** A bounded look at the text of a file, as UTF-8 without its mark. */
export interface TextSample {
  readonly found: FoundBytes
  /** From the beginning of the text. */
  readonly head: Buffer
  /** Whether `head` is all of it. */
  readonly whole: boolean
  /** Bytes of the mark before it. */
  readonly markBytes: number
  /** Pieces from further on; each begins and ends anywhere. Of a packed file there are none. */
  readonly further: readonly Buffer[]
}

/** The whole text of a file as a file of UTF-8: the file itself, or one made of it in the folder of the work. */
export interface TextFile extends AsyncDisposable {
  readonly found: FoundBytes
  readonly path: string
  /** Where the text begins: behind the mark. */
  readonly start: number
  readonly bytes: number
}

const headBytes = 1024 * 1024
const furtherPieces = 8
const furtherBytes = 128 * 1024

/** @throws `file.damaged`, `file.limit`, `file.unsupported` */
export async function sampleText(file: FileAtHand, declared: DeclaredBytes): Promise<TextSample> {
  const { compression, head: raw, further } = await rawSample(file, declared)
  const { encoding, markBytes } = encodingOf(file, declared, [raw, ...further])
  const text = (bytes: Buffer): Promise<Buffer> => collected(asUtf8(only(bytes), encoding))
  return {
    found: { compression, encoding, mark: markBytes > 0 },
    head: await text(raw.subarray(markBytes)),
    whole: further.length === 0 && raw.length < headBytes,
    markBytes,
    further: await Promise.all(further.map(text)),
  }
}

/** The file itself, where it is UTF-8 already. */
export function textAsItIs(file: FileAtHand, { found, markBytes }: Pick<TextSample, 'found' | 'markBytes'>): TextFile | undefined {
  if (found.compression !== 'none' || found.encoding !== 'utf-8') return undefined
  return { found, path: file.path, start: markBytes, bytes: file.bytes, [Symbol.asyncDispose]: () => Promise.resolve() }
}

/**
 * The text of the file as UTF-8 on disk. Bytes that are not written in the encoding are bytes there that UTF-8 does not have: whoever reads
 * it looks for them (`isUtf8`).
 * @throws `file.damaged`, `file.limit`, `file.unsupported`
 */
export async function openText(
  file: FileAtHand,
  declared: DeclaredBytes,
  context: Pick<ReadContext, 'workFolder' | 'signal'>,
  limits: ExpansionLimits = expansionLimits,
): Promise<TextFile> {
  const { compression, head, further } = await rawSample(file, declared)
  const { encoding, markBytes } = encodingOf(file, declared, [head, ...further])
  const found: FoundBytes = { compression, encoding, mark: markBytes > 0 }
  const asItIs = textAsItIs(file, { found, markBytes })
  if (asItIs !== undefined) return asItIs
  const path = join(context.workFolder, `text-${randomUUID()}`)
  const remove = (): Promise<void> => rm(path, { force: true })
  try {
    const bytes = await write(path, asUtf8(behind(markBytes, unpacked(file, compression, limits)), encoding), context.signal)
    return { found, path, start: 0, bytes, [Symbol.asyncDispose]: remove }
  } catch (thrown) {
    await remove()
    throw thrown
  }
}

async function write(path: string, pieces: AsyncIterable<Buffer>, signal: AbortSignal | undefined): Promise<number> {
  await using handle = await open(path, 'wx')
  let bytes = 0
  for await (const piece of pieces) {
    signal?.throwIfAborted()
    for (let done = 0; done < piece.length; ) done += (await handle.write(piece, done, piece.length - done)).bytesWritten
    bytes += piece.length
  }
  return bytes
}

async function* behind(markBytes: number, pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let left = markBytes
  for await (const piece of pieces) {
    const cut = Math.min(left, piece.length)
    left -= cut
    if (cut < piece.length) yield cut === 0 ? piece : piece.subarray(cut)
  }
}

function encodingOf(file: FileAtHand, declared: DeclaredBytes, pieces: readonly Buffer[]): { encoding: Encoding; markBytes: number } {
  const first = pieces[0] ?? Buffer.alloc(0)
  const mark = markOf(first)
  const found: FoundEncoding = declared.encoding === undefined ? findEncoding(pieces) : declaredEncoding(declared.encoding, mark)
  const { encoding, markBytes } = found
  if (encoding !== 'utf-32') return { encoding, markBytes }
  throw fileErrors.unsupported(`${file.name}: the file is written in UTF-32`, {
    facts: { file: file.name, encoding },
    next: 'Save it as UTF-8.',
  })
}

/** The mark of another encoding is not a mark: its bytes are text of the one that is declared. */
const declaredEncoding = (encoding: Encoding, mark: FoundEncoding | undefined): FoundEncoding => ({
  encoding,
  markBytes: mark?.encoding === encoding ? mark.markBytes : 0,
})

interface RawSample {
  readonly compression: Compression
  readonly head: Buffer
  readonly further: readonly Buffer[]
}

async function rawSample(file: FileAtHand, declared: DeclaredBytes): Promise<RawSample> {
  await using handle = await openFile(file.path)
  const start = await bytesAt(handle, 0, Math.min(headBytes, file.bytes))
  const compression = declared.compression ?? compressionOf(start)
  if (compression !== 'none') {
    const head = await collected(unpacked(file, compression), headBytes)
    refuseNotText(file, head, true)
    return { compression, head, further: [] }
  }
  refuseNotText(file, start, false)
  const further: Buffer[] = []
  const rest = file.bytes - start.length
  for (let piece = 1; rest > furtherPieces * furtherBytes && piece <= furtherPieces; piece++) {
    // At an even byte, where a character of UTF-16 begins.
    const at = start.length + Math.floor(((rest - furtherBytes) * piece) / furtherPieces / 2) * 2
    further.push(await bytesAt(handle, at, furtherBytes))
  }
  return { compression, head: start, further }
}

async function bytesAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  let read = 0
  while (read < length) {
    const { bytesRead } = await handle.read(bytes, read, length - read, position + read)
    if (bytesRead === 0) break
    read += bytesRead
  }
  return bytes.subarray(0, read)
}

async function collected(pieces: AsyncIterable<Buffer>, most = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const piece of pieces) {
    parts.push(piece)
    bytes += piece.length
    if (bytes >= most) break
  }
  const all = Buffer.concat(parts)
  return all.subarray(0, Math.min(most, all.length))
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  await Promise.resolve()
  yield bytes
}
