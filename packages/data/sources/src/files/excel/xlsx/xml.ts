import { fileErrors } from '../../../errors.ts'

/** What is told of a document as it is read. Names come without a prefix. */
export interface XmlListener {
  /** @param attributes as they stand in the text: `attribute(attributes, 'r')` reads one */
  open(name: string, attributes: string): void
  close(name: string): void
  /** Texts with entities and CDATA resolved; one text may come in several. */
  text(text: string): void
}

/** Characters of one tag or text: a tag has no more, and a text of more is told in pieces. */
const longestTag = 1_048_576

/**
 * Reads the XML of a workbook, in pieces of text of any length. It knows what OOXML has: elements, attributes, texts, CDATA, comments and
 * the five entities. A document type is refused: with it come entities that grow without end.
 */
export class XmlReader {
  readonly #listener: XmlListener
  #rest = ''
  /** Elements that are open. */
  #depth = 0

  constructor(listener: XmlListener) {
    this.#listener = listener
  }

  take(piece: string): void {
    const text = this.#rest + piece
    let place = 0
    for (;;) {
      const start = text.indexOf('<', place)
      if (start < 0) {
        // An entity at the end may go on in the next piece.
        const entity = text.lastIndexOf('&')
        const end = entity >= place && text.length - entity < 12 ? entity : text.length
        if (end > place) this.#listener.text(resolved(text.slice(place, end)))
        this.#rest = text.slice(end)
        return
      }
      if (start > place) this.#listener.text(resolved(text.slice(place, start)))
      const next = this.#tag(text, start)
      if (next < 0) {
        this.#rest = text.slice(start)
        if (this.#rest.length > longestTag && !this.#rest.startsWith('<![CDATA[')) throw broken('a tag is longer than a million characters')
        if (this.#rest.length > longestTag * 64) throw broken('a value is longer than 64 million characters')
        return
      }
      place = next
    }
  }

  end(): void {
    if (this.#rest.trim() !== '' || this.#depth !== 0) throw broken('it ends in the middle of an element')
  }

  /** Where the tag ends, or -1 where it goes on in the next piece. */
  #tag(text: string, start: number): number {
    const second = text.charCodeAt(start + 1)
    if (second === 0x21 || second === 0x3f || Number.isNaN(second)) return this.#special(text, start)
    const end = endOfTag(text, start)
    if (end < 0) return -1
    if (second === 0x2f) {
      this.#depth--
      this.#listener.close(localName(text.slice(start + 2, end).trimEnd()))
      return end + 1
    }
    const isEmpty = text.charCodeAt(end - 1) === 0x2f
    const last = isEmpty ? end - 1 : end
    let space = start + 1
    while (space < last && text.charCodeAt(space) > 0x20) space++
    const name = localName(text.slice(start + 1, space))
    this.#listener.open(name, space < last ? text.slice(space, last) : '')
    if (isEmpty) this.#listener.close(name)
    else this.#depth++
    return end + 1
  }

  #special(text: string, start: number): number {
    const rest = text.slice(start, start + 9)
    if (rest.length < 9) return -1
    if (rest.startsWith('<!--')) return behind(text, '-->', start + 4)
    if (rest.startsWith('<?')) return behind(text, '?>', start + 2)
    if (rest !== '<![CDATA[') throw broken('it has a document type, which workbooks have not')
    const end = text.indexOf(']]>', start + 9)
    if (end < 0) return -1
    if (end > start + 9) this.#listener.text(text.slice(start + 9, end))
    return end + 3
  }
}

function behind(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from)
  return found < 0 ? -1 : found + mark.length
}

/** A value of an attribute may hold `>`. */
function endOfTag(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charCodeAt(at)
    if (character === 0x3e) return at
    if (character !== 0x22 && character !== 0x27) continue
    at = text.indexOf(character === 0x22 ? '"' : "'", at + 1)
    if (at < 0) return -1
  }
  return -1
}

const localName = (name: string): string => {
  const colon = name.indexOf(':')
  return colon < 0 ? name : name.slice(colon + 1)
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function resolved(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&([^;&]{0,10};?)/g, (_, entity: string) => {
    const name = entity.slice(0, -1)
    const character = named[name] ?? numbered(name)
    if (!entity.endsWith(';') || character === undefined) throw broken(`it has the entity &${entity}, which XML does not know`)
    return character
  })
}

function numbered(name: string): string | undefined {
  const code = /^#(?:x([0-9a-f]+)|([0-9]+))$/i.exec(name)
  const value = code === null ? Number.NaN : code[1] === undefined ? Number(code[2]) : Number.parseInt(code[1], 16)
  return value > 0 && value <= 0x10ffff ? String.fromCodePoint(value) : undefined
}

/** An attribute by its name without a prefix. */
export function attribute(attributes: string, name: string): string | undefined {
  for (let from = 0; ; ) {
    const found = attributes.indexOf(`${name}=`, from)
    if (found < 0) return undefined
    const before = attributes.charCodeAt(found - 1)
    const open = found + name.length + 1
    const quote = attributes.charAt(open)
    const close = attributes.indexOf(quote, open + 1)
    if ((before <= 0x20 || before === 0x3a) && (quote === '"' || quote === "'") && close >= 0)
      return resolved(attributes.slice(open + 1, close))
    from = open
  }
}

const broken = (why: string): Error => fileErrors.damaged(`its XML is broken: ${why}`, { next: 'Ask for the file again.' })
