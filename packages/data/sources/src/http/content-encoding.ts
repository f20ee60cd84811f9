import { pipeline, Readable } from 'node:stream'
import {
  type BrotliDecompress,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
  type Gunzip,
  type Inflate,
  type InflateRaw,
  type ZstdDecompress,
} from 'node:zlib'
import { unreachable } from '@sluice/core'
import { sourceErrors } from '../errors.ts'
import type { ShownRequest } from './classify.ts'

/** What we can take apart, said to the service. */
export const acceptedEncodings = 'gzip, deflate, br, zstd'

export interface Limits {
  readonly maxBytes: number
  readonly maxRatio: number
}

/** Small bodies may be compressed as much as they like. */
const judgedBeyond = 16 * 2 ** 20

/**
 * Takes the codings off a body. Each of them ends with its own proof of being whole, a checksum or a last block, which is asked for here.
 * @throws `source.malformed` for a body cut off or damaged or not compressed at all, `source.too_large`
 */
export async function* decompressed(
  body: AsyncIterable<Uint8Array>,
  header: string | undefined,
  shown: ShownRequest,
  limits: Limits,
): AsyncIterable<Uint8Array> {
  let [sent, unpacked] = [0, 0]
  async function* counted(): AsyncIterable<Uint8Array> {
    for await (const piece of body) {
      sent += piece.length
      yield piece
    }
  }
  const codings = codingsOf(header, shown)
  // The last coding named is the outermost.
  const pieces = codings.reduceRight<AsyncIterable<Uint8Array>>((inner, coding) => unpack(inner, coding, shown), counted())
  for await (const piece of pieces) {
    unpacked += piece.length
    if (unpacked > limits.maxBytes) throw tooLarge(shown, `more than ${limits.maxBytes} bytes`, limits)
    if (codings.length > 0 && unpacked > judgedBeyond && unpacked > sent * limits.maxRatio)
      throw tooLarge(shown, `more than ${limits.maxRatio} times what was sent, ${sent} bytes`, limits)
    yield piece
  }
}

type Coding = 'gzip' | 'deflate' | 'br' | 'zstd'

function codingsOf(header: string | undefined, shown: ShownRequest): readonly Coding[] {
  const names = (header ?? '').split(',').map((name) => name.trim().toLowerCase())
  return names.flatMap((name): readonly Coding[] => {
    if (name === '' || name === 'identity') return []
    if (name === 'gzip' || name === 'x-gzip') return ['gzip']
    if (name === 'deflate' || name === 'br' || name === 'zstd') return [name]
    throw sourceErrors.malformed(`${shown.service} compresses its answer as "${name}", which nobody asked for`, {
      facts: { ...shown, encoding: name },
      next: `Ask for an encoding of ${acceptedEncodings} with the header accept-encoding.`,
    })
  })
}

async function* unpack(body: AsyncIterable<Uint8Array>, coding: Coding, shown: ShownRequest): AsyncIterable<Uint8Array> {
  const pieces = body[Symbol.asyncIterator]()
  try {
    const first = await pieces.next()
    // An absent body is not a compressed one: an answer without content may name its coding.
    let rest = first.done === true ? new Uint8Array() : first.value
    while (rest.length > 0) {
      rest = yield* unpackStream(rest, pieces, coding, shown)
      // Zstandard: streams one behind the other are one body (RFC 8878, 3). zlib reads the members of gzip by itself.
      if (coding === 'gzip') return
      if (rest.length > 0 && coding !== 'zstd') throw damaged(shown, coding, 'it goes on behind its end')
    }
  } finally {
    await pieces.return?.()
  }
}

/** One stream from its beginning to its own end. Gives back what was read of the bytes behind it. */
async function* unpackStream(
  start: Uint8Array,
  pieces: AsyncIterator<Uint8Array>,
  coding: Coding,
  shown: ShownRequest,
): AsyncGenerator<Uint8Array, Uint8Array> {
  const unpacking = unpackerOf(coding, start)
  const read: Uint8Array[] = []
  let forgotten = 0
  let failure: { readonly thrown: unknown } | undefined
  let reading: Promise<IteratorResult<Uint8Array>> | undefined
  async function* all(): AsyncIterable<Uint8Array> {
    try {
      for (let piece = start; ; ) {
        read.push(piece)
        while (read[0] !== undefined && forgotten + read[0].length <= unpacking.bytesWritten) forgotten += read.shift()?.length ?? 0
        yield piece
        reading = pieces.next()
        const next = await reading
        reading = undefined
        if (next.done === true) return
        piece = next.value
      }
    } catch (thrown) {
      failure = { thrown }
      throw thrown
    }
  }
  const packed = Readable.from(all(), { objectMode: false })
  pipeline(packed, unpacking, () => undefined)
  try {
    yield* unpacking as AsyncIterable<Uint8Array>
  } catch (thrown) {
    if (failure !== undefined) throw failure.thrown
    throw damaged(shown, coding, (thrown as Error).message, thrown)
  } finally {
    packed.destroy()
  }
  // A piece that is on its way belongs to what comes behind.
  await reading
  return Buffer.concat(read).subarray(unpacking.bytesWritten - forgotten)
}

const damaged = (shown: ShownRequest, coding: Coding, why: string, cause?: unknown) =>
  sourceErrors.malformed(`${shown.service} sent a ${coding} body that is cut off or damaged: ${why}`, {
    cause,
    facts: { ...shown, encoding: coding },
    next: 'It is asked for again. If it goes on, ask for it uncompressed: accept-encoding: identity.',
  })

/** `bytesWritten`: what it has taken of the bytes that it was given. */
type Unpacker = BrotliDecompress | Gunzip | Inflate | InflateRaw | ZstdDecompress

function unpackerOf(coding: Coding, start: Uint8Array): Unpacker {
  const options = { chunkSize: 64 * 1024 }
  switch (coding) {
    case 'gzip':
      return createGunzip(options)
    case 'br':
      return createBrotliDecompress(options)
    case 'zstd':
      return createZstdDecompress(options)
    case 'deflate':
      return hasZlibHeader(start) ? createInflate(options) : createInflateRaw(options)
    default:
      return unreachable(coding)
  }
}

/** RFC 9110 means zlib by "deflate"; some servers send the bare stream. */
const hasZlibHeader = ([first = 0, second]: Uint8Array): boolean =>
  (first & 0x0f) === 8 && (second === undefined || ((first << 8) | second) % 31 === 0)

const tooLarge = (shown: ShownRequest, what: string, limits: Limits) =>
  sourceErrors.too_large(`${shown.service} sends a body of ${what}`, {
    facts: { ...shown, ...limits },
    next: 'Ask for smaller pages, or allow more: maxBytes and maxRatio of the request.',
  })
