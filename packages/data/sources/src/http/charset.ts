import { sourceErrors } from '../errors.ts'
import type { ShownRequest } from './classify.ts'

/**
 * The text of a body as UTF-8 without a byte order mark. The mark says what the text is written in, else the charset of the content type,
 * else it is UTF-8.
 * @throws `source.charset` for text that is not written in that, and for a charset that nobody knows
 */
export async function* asUtf8(
  body: AsyncIterable<Uint8Array>,
  contentType: string | undefined,
  shown: ShownRequest,
): AsyncIterable<Uint8Array> {
  let decoder: Decoder | undefined
  let start: Uint8Array = new Uint8Array()
  const read = (bytes: Uint8Array | undefined, by: Decoder): Uint8Array => {
    try {
      const text = by.decode(bytes)
      return by.asIs ? (bytes ?? new Uint8Array()) : Buffer.from(text)
    } catch (cause) {
      throw notWrittenIn(shown, by.charset, cause)
    }
  }
  for await (const piece of body) {
    const next: Uint8Array = decoder === undefined ? Buffer.concat([start, piece]) : piece
    if (decoder === undefined && next.length < 4) {
      start = next
      continue
    }
    decoder ??= decoderFor(next, contentType, shown)
    yield read(next, decoder)
  }
  if (decoder === undefined) {
    if (start.length === 0) return
    decoder = decoderFor(start, contentType, shown)
    yield read(start, decoder)
  }
  const rest = read(undefined, decoder)
  if (rest.length > 0) yield rest
}

interface Decoder {
  readonly charset: string
  /** UTF-8 without a mark: its bytes need no change, only a look. */
  readonly asIs: boolean
  readonly decode: (bytes: Uint8Array | undefined) => string
}

function decoderFor(start: Uint8Array, contentType: string | undefined, shown: ShownRequest): Decoder {
  const named = /;\s*charset\s*=\s*["']?([^"';\s]+)/i.exec(contentType ?? '')?.[1]
  const mark = markOf(start)
  // Without a mark it says nothing of its order (RFC 2781, 4.3): text begins with ASCII, whose upper half is zero.
  const isBigEnd = /^(utf-?16|ucs-?2|iso-10646-ucs-2|unicode)$/i.test(named ?? '') && start[0] === 0 && start[1] !== 0
  const charset = mark ?? (isBigEnd ? 'utf-16be' : named) ?? 'utf-8'
  // Two characters of ASCII in UTF-16 hold a zero, which no text begins with.
  if (mark === undefined && named === undefined && (start[0] === 0 || start[1] === 0)) throw notWrittenIn(shown, charset)
  try {
    const decoder = new TextDecoder(charset, { fatal: true })
    return {
      charset,
      asIs: mark === undefined && decoder.encoding === 'utf-8',
      decode: (bytes) => decoder.decode(bytes, { stream: bytes !== undefined }),
    }
  } catch (cause) {
    throw sourceErrors.charset(`${shown.service} sends text in "${charset}", which is not a charset known here`, {
      cause,
      facts: { ...shown, charset },
      next: "Take the bytes (expects: 'bytes') and decode them in the source.",
    })
  }
}

function markOf([a, b, c, d]: Uint8Array): string | undefined {
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8'
  if ((a === 0xff && b === 0xfe && c === 0 && d === 0) || (a === 0 && b === 0 && c === 0xfe && d === 0xff)) return 'utf-32'
  if (a === 0xff && b === 0xfe) return 'utf-16le'
  if (a === 0xfe && b === 0xff) return 'utf-16be'
  return undefined
}

const notWrittenIn = (shown: ShownRequest, charset: string, cause?: unknown) =>
  sourceErrors.charset(`${shown.service} sends text that is not written in ${charset}`, {
    cause,
    facts: { ...shown, charset },
    next: "The service does not say what its text is written in, or says it wrong: take the bytes (expects: 'bytes') and decode them in the source.",
  })
