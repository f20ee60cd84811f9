/** A received message as its reader sees it. */
export interface ParsedMessage {
  /** Lower-case names; of repeated headers the first. Encoded words are decoded. */
  readonly headers: Readonly<Partial<Record<string, string>>>
  readonly subject: string
  /** The first `text/plain` part, else empty. Line ends are `\n`. */
  readonly text: string
  /** The first `text/html` part, else empty. */
  readonly html: string
}

interface Part {
  readonly headers: Readonly<Partial<Record<string, string>>>
  readonly body: string
}

/** Reads what mail libraries write: nested multiparts, quoted-printable, base64, encoded words. `raw` is one character a byte (latin1). */
export function parseMessage(raw: string): ParsedMessage {
  const root = split(raw.replaceAll('\r\n', '\n'))
  const leaves = leavesOf(root)
  const first = (type: string): string => {
    const leaf = leaves.find((part) => typeOf(part) === type)
    return leaf === undefined ? '' : decodeBody(leaf)
  }
  const headers = Object.fromEntries(Object.entries(root.headers).map(([name, value]) => [name, decodeWords(value ?? '')]))
  return { headers, subject: headers.subject ?? '', text: first('text/plain'), html: first('text/html') }
}

function split(raw: string): Part {
  const end = raw.startsWith('\n') ? 0 : raw.indexOf('\n\n')
  const head = end < 0 ? raw : raw.slice(0, end)
  const headers: Partial<Record<string, string>> = {}
  for (const line of head.replaceAll(/\n[ \t]+/g, ' ').split('\n')) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).trim().toLowerCase()
    if (colon > 0) headers[name] ??= line.slice(colon + 1).trim()
  }
  return { headers, body: end < 0 ? '' : raw.slice(end).replace(/^\n{1,2}/, '') }
}

function leavesOf(part: Part): readonly Part[] {
  const boundary = parameter(part, 'boundary')
  if (!typeOf(part).startsWith('multipart/') || boundary === undefined) return [part]
  const [, ...pieces] = `\n${part.body}`.split(`\n--${boundary}`)
  return pieces.filter((piece) => !piece.startsWith('--')).flatMap((piece) => leavesOf(split(piece.replace(/^[ \t]*\n/, ''))))
}

const contentType = (part: Part): string => part.headers['content-type'] ?? 'text/plain; charset=us-ascii'
const typeOf = (part: Part): string => (contentType(part).split(';')[0] ?? '').trim().toLowerCase()
const parameter = (part: Part, name: string): string | undefined =>
  new RegExp(`;\\s*${name}=(?:"([^"]*)"|([^;\\s]*))`, 'i').exec(contentType(part))?.slice(1).find(Boolean)

function decodeBody(part: Part): string {
  const encoding = part.headers['content-transfer-encoding']?.toLowerCase()
  const bytes =
    encoding === 'base64'
      ? Buffer.from(part.body, 'base64')
      : Buffer.from(encoding === 'quoted-printable' ? unquote(part.body.replaceAll(/=[ \t]*\n/g, '')) : part.body, 'latin1')
  return decode(bytes, parameter(part, 'charset')).replaceAll('\r\n', '\n')
}

const unquote = (text: string): string =>
  text.replaceAll(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

const decode = (bytes: Buffer, charset = 'utf-8'): string => new TextDecoder(charset).decode(bytes)

/** RFC 2047. Space between two encoded words does not belong to the text; bytes of one character may be split over two words. */
function decodeWords(value: string): string {
  return value.replaceAll(/=\?[^?]+\?[bq]\?[^?]*\?=(?:\s+=\?[^?]+\?[bq]\?[^?]*\?=)*/gi, (words) => {
    const parts = [...words.matchAll(/=\?([^?]+)\?([bq])\?([^?]*)\?=/gi)]
    const bytes = parts.map(([, , how, text = '']) =>
      how?.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : Buffer.from(unquote(text.replaceAll('_', ' ')), 'latin1'),
    )
    return decode(Buffer.concat(bytes), parts[0]?.[1])
  })
}
