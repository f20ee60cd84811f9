import { isUtf8 } from 'node:buffer'
import { fileErrors } from '../../../../errors.ts'
import { emptyWindow, takeIn } from '../../../records/window.ts'
import {
  ampersand,
  carriageReturn,
  closeBracket,
  doubleQuote,
  endsName,
  equals,
  exclamation,
  greater,
  isNone,
  leadOfNone,
  less,
  lineFeed,
  meansInside,
  meansInText,
  meansInValue,
  question,
  referred,
  semicolon,
  singleQuote,
  slash,
  spaces,
} from './characters.ts'
import { broken } from './faults.ts'
import { type XmlName, XmlNames } from './names.ts'
import { XmlTag } from './tag.ts'

/** What is told of a text as it is read. Names of elements come without a prefix. */
export interface XmlListener {
  open(name: string, tag: XmlTag): void
  close(name: string): void
  /** Of a text in whole characters of UTF-8, references and CDATA resolved; one text may come in several. They are good during the call. */
  text(bytes: Buffer, from: number, to: number): void
}

/** What has to be held to be read: a tag, a comment, a section of CDATA. */
const longestHeld = 16_777_216

/**
 * Reads well-formed XML 1.0 without a document type, piece by piece, and refuses all else: sheets are XML of few forms, of which a parser
 * that makes objects of them reads a third as much in the same time.
 */
export class XmlScanner {
  readonly #listener: XmlListener
  readonly #window = emptyWindow()
  readonly #names = new XmlNames()
  readonly #tag = new XmlTag()
  readonly #open: XmlName[] = []
  readonly #one = Buffer.alloc(4)
  /** Bytes at the end that begin a character. */
  #cut = 0
  #at = 0
  /** Up to here the bytes at hand are whole characters. */
  #to = 0
  #tags = 0
  #hasRoot = false as boolean
  #isPastMark = false as boolean
  /** Behind the first thing that it holds, there is no declaration of XML. */
  #isBegun = false as boolean
  #isLast = false as boolean

  constructor(listener: XmlListener) {
    this.#listener = listener
  }

  /** Bytes of UTF-8, cut anywhere. @throws `file.damaged`, `file.limit` */
  write(piece: Buffer): void {
    const window = this.#window
    const seen = window.to - window.from - this.#cut
    takeIn(window, piece)
    const cut = cutCharacter(window.bytes, window.to)
    if (!isUtf8(window.bytes.subarray(seen, window.to - cut))) throw broken('it is not written in its encoding')
    this.#cut = cut
    this.#read(window.to - cut)
  }

  end(): void {
    if (this.#cut > 0) throw broken('it ends within a character')
    this.#isLast = true
    this.#read(this.#window.to)
    if (this.#open.length > 0) throw broken(`the element ${this.#open.at(-1)?.name ?? ''} does not end`)
    if (!this.#hasRoot) throw broken('it has no element')
  }

  #read(to: number): void {
    const window = this.#window
    const { bytes } = window
    this.#to = to
    this.#at = window.from
    if (!this.#isPastMark) {
      if (to - this.#at < mark.length && !this.#isLast) return
      this.#isPastMark = true
      if (bytes.subarray(this.#at, this.#at + mark.length).equals(mark)) this.#at += mark.length
    }
    while (this.#at < to) {
      if (bytes[this.#at] === less ? !this.#readMarkup(bytes) : !this.#readText(bytes)) break
      this.#isBegun = true
    }
    window.from = this.#at
    if (this.#isLast && this.#at < to) throw broken('it ends in the middle')
    if (to - this.#at > longestHeld) throw tooLong()
  }

  /** @returns false where more has to be seen */
  #readText(bytes: Buffer): boolean {
    const to = this.#to
    if (this.#open.length === 0) return this.#readBetween(bytes)
    let from = this.#at
    for (let at = from; ; ) {
      let byte = bytes[at] ?? 0
      while (meansInText[byte] === 0 && at < to) byte = bytes[++at] ?? 0
      if (at >= to || byte === less) {
        this.#tell(bytes, from, at)
        this.#at = at
        return true
      }
      if (byte === ampersand) {
        this.#tell(bytes, from, at)
        this.#at = at
        const end = referenceEnd(bytes, at, to)
        if (end < 0) return false
        this.#tell(this.#one, 0, this.#one.write(referred(bytes.toString('latin1', at + 1, end))))
        from = at = this.#at = end + 1
      } else if (byte === carriageReturn) {
        this.#tell(bytes, from, at)
        this.#at = at
        if (at + 1 >= to && !this.#isLast) return false
        if (bytes[at + 1] !== lineFeed) this.#tell(lineEnd, 0, 1)
        from = at = this.#at = at + 1
      } else if (byte === closeBracket) {
        if (at + 2 >= to && !this.#isLast) {
          this.#tell(bytes, from, at)
          this.#at = at
          return false
        }
        if (bytes[at + 1] === closeBracket && bytes[at + 2] === greater) throw broken('"]]>" stands in a text')
        at++
      } else if (byte === leadOfNone) {
        if (isNone(bytes, at)) throw noCharacter()
        at++
      } else throw noCharacter()
    }
  }

  #tell(bytes: Buffer, from: number, to: number): void {
    if (to > from) this.#listener.text(bytes, from, to)
  }

  /** Before and behind the root there may be spaces alone. */
  #readBetween(bytes: Buffer): boolean {
    let at = this.#at
    while (at < this.#to && spaces[bytes[at] ?? 0] === 1) at++
    if (at < this.#to && bytes[at] !== less) throw broken('text stands outside of its root')
    this.#at = at
    return true
  }

  #readMarkup(bytes: Buffer): boolean {
    if (this.#at + 1 >= this.#to) return false
    const next = bytes[this.#at + 1]
    if (next === slash) return this.#readClose(bytes)
    if (next === question) return this.#readInstruction(bytes)
    return next === exclamation ? this.#readDeclaration(bytes) : this.#readOpen(bytes)
  }

  #readClose(bytes: Buffer): boolean {
    const from = this.#at + 2
    let at = from
    while (endsName[bytes[at] ?? 0] === 0 && at < this.#to) at++
    const end = at
    while (spaces[bytes[at] ?? 0] === 1 && at < this.#to) at++
    if (at >= this.#to) return false
    const name = this.#names.of(bytes, from, end)
    if (bytes[at] !== greater) throw broken(`the end of ${name.name} is not closed`)
    if (this.#open.pop() !== name) throw broken(`the end of ${name.name} stands where another element is open`)
    this.#at = at + 1
    this.#listener.close(name.local)
    return true
  }

  #readOpen(bytes: Buffer): boolean {
    const to = this.#to
    const from = this.#at + 1
    let at = from
    while (endsName[bytes[at] ?? 0] === 0 && at < to) at++
    if (at >= to) return false
    const name = this.#names.of(bytes, from, at)
    const tag = this.#tag
    const number = ++this.#tags
    let isPlain = true
    tag.begin(bytes)
    for (;;) {
      const behind = at
      while (spaces[bytes[at] ?? 0] === 1 && at < to) at++
      if (at >= to) return false
      const byte = bytes[at] ?? 0
      if (byte === greater || byte === slash) break
      if (at === behind) throw broken(`no space stands before an attribute of ${name.name}`)
      const nameFrom = at
      while (endsName[bytes[at] ?? 0] === 0 && at < to) at++
      const nameTo = at
      while (spaces[bytes[at] ?? 0] === 1 && at < to) at++
      if (at >= to) return false
      const attribute = this.#names.of(bytes, nameFrom, nameTo)
      if (bytes[at++] !== equals) throw broken(`the attribute ${attribute.name} has no value`)
      while (spaces[bytes[at] ?? 0] === 1 && at < to) at++
      if (at >= to) return false
      const quote = bytes[at++]
      if (quote !== doubleQuote && quote !== singleQuote) throw broken(`the value of ${attribute.name} has no quotes`)
      if (attribute.tag === number) throw broken(`the attribute ${attribute.name} stands twice`)
      attribute.tag = number
      const valueFrom = at
      let isPlainValue = true
      for (;;) {
        let value = bytes[at] ?? 0
        while (meansInValue[value] === 0 && at < to) value = bytes[++at] ?? 0
        if (at >= to) return false
        if (value === quote) break
        if (value === less) throw broken(`"<" stands in the value of ${attribute.name}`)
        if (value === ampersand || spaces[value] === 1) isPlainValue = false
        else if (value !== doubleQuote && value !== singleQuote && (value !== leadOfNone || isNone(bytes, at))) throw noCharacter()
        at++
      }
      tag.add(attribute, valueFrom, at, isPlainValue)
      isPlain &&= isPlainValue
      at++
    }
    const isClosed = bytes[at] === slash
    if (isClosed && ++at >= to) return false
    if (bytes[at] !== greater) throw broken(`"/" stands in the tag of ${name.name}`)
    if (!isPlain) tag.resolve()
    if (this.#open.length === 0 && this.#hasRoot) throw broken('it has a second root')
    this.#hasRoot = true
    this.#at = at + 1
    this.#open.push(name)
    this.#listener.open(name.local, tag)
    if (!isClosed) return true
    this.#open.pop()
    this.#listener.close(name.local)
    return true
  }

  /** A comment or CDATA: a document type declares entities that grow without end, and workbooks have none. */
  #readDeclaration(bytes: Buffer): boolean {
    const from = this.#at
    if (startsWith(bytes, from, this.#to, '<!--')) {
      const end = bytes.subarray(0, this.#to).indexOf('--', from + 4)
      if (end < 0 || end + 2 >= this.#to) return false
      if (bytes[end + 2] !== greater) throw broken('"--" stands in a comment')
      checkInside(bytes, from + 4, end)
      this.#at = end + 3
      return true
    }
    if (startsWith(bytes, from, this.#to, '<![CDATA[')) {
      if (this.#open.length === 0) throw broken('text stands outside of its root')
      const end = bytes.subarray(0, this.#to).indexOf(']]>', from + 9)
      if (end < 0) return false
      checkInside(bytes, from + 9, end)
      const text = bytes.subarray(from + 9, end)
      if (!text.includes(carriageReturn)) this.#tell(text, 0, text.length)
      else {
        const ended = Buffer.from(text.toString().replaceAll(/\r\n?/g, '\n'))
        this.#tell(ended, 0, ended.length)
      }
      this.#at = end + 3
      return true
    }
    if (startsWith(bytes, from, this.#to, '<!DOCTYPE')) throw broken('it has a document type, which workbooks have not')
    if (this.#to - from < 9 && ['<!--', '<![CDATA[', '<!DOCTYPE'].some((each) => each.startsWith(bytes.toString('latin1', from, this.#to))))
      return false
    throw broken('"<!" begins nothing that a workbook has')
  }

  #readInstruction(bytes: Buffer): boolean {
    const from = this.#at
    const end = bytes.subarray(0, this.#to).indexOf('?>', from + 2)
    if (end < 0) return false
    checkInside(bytes, from + 2, end)
    let to = from + 2
    while (endsName[bytes[to] ?? 0] === 0 && to < end) to++
    const { name } = this.#names.of(bytes, from + 2, to)
    if (to < end && spaces[bytes[to] ?? 0] === 0) throw broken(`no space stands behind the name of the instruction ${name}`)
    if (name.toLowerCase() === 'xml' && (this.#isBegun || !xmlDeclaration.test(bytes.toString('utf8', from, end + 2))))
      throw broken('its declaration is not one of XML 1.0, or stands in the middle')
    this.#at = end + 2
    return true
  }
}

const lineEnd = Buffer.from('\n')
/** Of byte order. */
const mark = Buffer.of(0xef, 0xbb, 0xbf)

/** XML 1.0, 2.8. */
const xmlDeclaration =
  /^<\?xml\s+version\s*=\s*(?:"1\.0"|'1\.0')(?:\s+encoding\s*=\s*(?:"[A-Za-z][\w.-]*"|'[A-Za-z][\w.-]*'))?(?:\s+standalone\s*=\s*(?:"(?:yes|no)"|'(?:yes|no)'))?\s*\?>$/

/** Whether a text begins so. One that is cut off does not. */
const startsWith = (bytes: Buffer, from: number, to: number, text: string): boolean =>
  to - from >= text.length && bytes.toString('latin1', from, from + text.length) === text

/** Numbers of characters may have zeros before them. */
const longestReference = 1_000

/** Where the `;` of a reference stands, -1 where it is not at hand. */
function referenceEnd(bytes: Buffer, at: number, to: number): number {
  for (let end = at + 1; end < to; end++) {
    if (bytes[end] === semicolon) return end
    if (endsName[bytes[end] ?? 0] === 1 || end - at > longestReference) throw broken('"&" stands for itself in a text')
  }
  return -1
}

function checkInside(bytes: Buffer, from: number, to: number): void {
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0
    if (meansInside[byte] === 1 && byte !== carriageReturn && (byte !== leadOfNone || isNone(bytes, at))) throw noCharacter()
  }
}

/** How many bytes at the end begin a character that goes on behind it. */
function cutCharacter(bytes: Buffer, length: number): number {
  for (let back = 1; back <= 3 && back <= length; back++) {
    const byte = bytes[length - back] ?? 0
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0
    if (byte < 0x80) return 0
  }
  return 0
}

const noCharacter = (): Error => broken('it has a byte that is not a character of XML')

const tooLong = (): Error =>
  fileErrors.limit('a tag or a comment in it has more than 16 million bytes', {
    facts: { limit: longestHeld },
    next: 'Look at the file: it may be made to do harm.',
  })
