import { pipeline, Readable, type Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib'
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
  const first = await pieces.next()
  // No body is no compressed body: an answer without content may name its coding.
  if (first.done === true) return
  let failure: { readonly thrown: unknown } | undefined
  async function* all(start: Uint8Array): AsyncIterable<Uint8Array> {
    try {
      yield start
      for (;;) {
        const next = await pieces.next()
        if (next.done === true) return
        yield next.value
      }
    } catch (thrown) {
      failure = { thrown }
      throw thrown
    }
  }
  const unpacking = unpackerOf(coding, first.value)
  pipeline(Readable.from(all(first.value), { objectMode: false }), unpacking, () => undefined)
  try {
    yield* unpacking as AsyncIterable<Uint8Array>
  } catch (thrown) {
    if (failure !== undefined) throw failure.thrown
    throw sourceErrors.malformed(`${shown.service} sent a ${coding} body that is cut off or damaged: ${(thrown as Error).message}`, {
      cause: thrown,
      facts: { ...shown, encoding: coding },
      next: 'It is asked for again. If it goes on, ask for it uncompressed: accept-encoding: identity.',
    })
  } finally {
    await pieces.return?.()
  }
}

function unpackerOf(coding: Coding, start: Uint8Array): Transform {
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
