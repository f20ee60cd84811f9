/**
 * A text, and where its units stand in the text that it was decoded from: `start` is where the spelling of a unit begins, `end` where it
 * ends.
 */
export interface DecodedText {
  readonly text: string
  start(at: number): number
  end(at: number): number
}

/** Deeper than what one program wraps in another: JSON in JSON, in a URL, in a page. */
const mostLayers = 6

/**
 * The text with its escapes of JSON and JavaScript, of URLs and of HTML undone, then with those undone that come out of it, and so on.
 * However often a value was wrapped, and in whatever, one of these has it as it is. Nothing for a text without escapes.
 */
export function* decodedLayers(text: string): Generator<DecodedText> {
  let layer: DecodedText | undefined = once(text, undefined)
  for (let depth = 0; layer !== undefined && depth < mostLayers; depth++) {
    yield layer
    layer = once(layer.text, layer)
  }
}

const escapes = /\\u([\da-f]{4})|\\x([\da-f]{2})|\\([\s\S])|((?:%[\da-f]{2})+)|&(?:#(\d{1,7})|#x([\da-f]{1,6})|(quot|amp|lt|gt|apos));/gi

const named: Readonly<Record<string, string>> = { quot: '"', amp: '&', lt: '<', gt: '>', apos: "'" }
const control: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' }

function once(text: string, from: DecodedText | undefined): DecodedText | undefined {
  if (!/[\\%&]/.test(text)) return undefined
  const undone: Undone[] = []
  let [decoded, reached] = ['', 0]
  const take = (char: string, start: number, end: number): void => {
    decoded += text.slice(reached, start)
    undone.push({ at: decoded.length, length: char.length, start, end })
    decoded += char
    reached = end
  }
  for (const found of text.matchAll(escapes)) {
    const { index } = found
    if (found[4] === undefined) take(unescaped(found), index, index + found[0].length)
    else for (const { char, at, length } of characters(found[4])) take(char, index + at, index + at + length)
  }
  if (undone.length === 0) return undefined
  return {
    text: decoded + text.slice(reached),
    start: (at) => {
      const start = placeIn(undone, at, 'start')
      return from === undefined ? start : from.start(start)
    },
    end: (at) => {
      const end = placeIn(undone, at, 'end')
      return from === undefined ? end : from.end(end - 1)
    },
  }
}

/** One escape: what came of it, from `at` on, and where it stood. */
interface Undone {
  readonly at: number
  readonly length: number
  readonly start: number
  readonly end: number
}

/** Where a unit of the decoded text begins or ends in the other one. */
function placeIn(undone: readonly Undone[], at: number, edge: 'start' | 'end'): number {
  let [low, high] = [0, undone.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((undone[middle]?.at ?? 0) <= at) low = middle + 1
    else high = middle
  }
  const before = undone[low - 1]
  const plain = edge === 'start' ? 0 : 1
  if (before === undefined) return at + plain
  const behind = at - before.at - before.length
  return behind < 0 ? before[edge] : before.end + behind + plain
}

function unescaped([, unicode, byte, escaped, , decimal, hex, name]: RegExpExecArray): string {
  if (escaped !== undefined) return control[escaped] ?? escaped
  if (name !== undefined) return named[name.toLowerCase()] ?? ''
  const code = decimal === undefined ? Number.parseInt(unicode ?? byte ?? hex ?? '', 16) : Number(decimal)
  return code > 0x10_ff_ff ? '\ufffd' : String.fromCodePoint(code)
}

interface Character {
  readonly char: string
  /** Where its bytes begin, and how long they are, in units of the text. */
  readonly at: number
  readonly length: number
}

/** Of a run of `%xx`: characters of UTF-8, and a byte that begins none as the character of its number. */
function* characters(run: string): Generator<Character> {
  const bytes = Uint8Array.from(run.slice(1).split('%'), (byte) => Number.parseInt(byte, 16))
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] ?? 0
    const size = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
    const char = size === 1 ? String.fromCharCode(first) : new TextDecoder().decode(bytes.subarray(at, at + size))
    yield { char, at: at * 3, length: Math.min(size, bytes.length - at) * 3 }
    at += size
  }
}
