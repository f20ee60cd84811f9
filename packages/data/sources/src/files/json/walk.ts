import { isUtf8 } from 'node:buffer'
import type { JsonPath } from '@sluice/author'
import { append, type Growing, growing } from '../records/growing.ts'
import { backslash, closeList, closeObject, colon, comma, isSpace, lineFeed, openList, openObject, quote } from './characters.ts'
import { deepest, type Fault } from './value.ts'

/** What a walk says of the rows of a document. Places are those of the bytes at hand. */
export interface Rows {
  /** An object or a list begins in the place of a row. */
  begins(at: number): void
  /** It ends before this place. */
  ends(at: number): void
  /** A string, a number or a word stands in the place of a row. */
  scalar(text: Buffer, line: number): void
}

/** Why a document is refused as a whole. */
export type DocumentFault =
  | { readonly kind: 'json'; readonly what: string }
  | { readonly kind: Extract<Fault, 'deep'> | 'long' }
  | { readonly kind: 'behind'; readonly isObject: boolean }
  | { readonly kind: 'other'; readonly path: string; readonly is: string }
  | { readonly kind: 'again'; readonly paths: readonly [string, string] }

export class WalkFault extends Error {
  readonly fault: DocumentFault
  constructor(fault: DocumentFault) {
    super(fault.kind)
    this.fault = fault
  }
}

/** Lists and objects that are open, the outermost first. */
interface Level {
  readonly isList: boolean
  /** Of an object: the name whose value is read. */
  name: string
  items: number
  /** Its items are rows. */
  rows: boolean
}

/** What must come next. `token`: a string, number or word goes on; `row`: an object or a list in the place of a row does. */
type State = 'value' | 'firstItem' | 'name' | 'firstName' | 'colon' | 'after' | 'end' | 'token' | 'row'

/** Bytes of a string outside of the rows. */
const longestToken = 1 << 20

/**
 * Walks through a document piece by piece and finds its rows. What lies outside of them is held to the grammar of RFC 8259; of a row, only
 * its end is found, by its brackets: whoever reads it finds the rest.
 *
 * Without a path the rows are the items of the list that the document is, or of the one list below it that begins with an object.
 */
export interface Walk {
  /** Reads `bytes[at, to)`. @throws `WalkFault`, at `place` */
  on(bytes: Buffer, at: number, to: number): void
  /** The document has ended. @throws `WalkFault` */
  finish(): void
  readonly place: number
  readonly line: number
  /** Where rows were found. */
  readonly path: string | undefined
  /** Lists without an item that stand where rows were looked for. */
  readonly emptyLists: readonly string[]
  readonly isObject: boolean
}

export function documentWalk(wanted: JsonPath | undefined, rows: Rows): Walk {
  const levels: Level[] = []
  const emptyLists: string[] = []
  const token: Growing = growing(256)
  let state: State = 'value'
  let place = 0
  let line = 1
  let path: string | undefined
  let isObject = false
  /** Of the token: whether it is a string, a name, in the place of a row, and whether a backslash stands before what comes. */
  let [isString, isName, isRow, escaped] = [false, false, false, false]
  let tokenLine = 1
  let rowDepth = 0
  let inString = false

  const fail = (what: string): WalkFault => new WalkFault({ kind: 'json', what })
  const pathTo = (below: readonly Level[]): string => `$${below.map(({ isList, name }) => (isList ? '[*]' : stepOf(name))).join('')}`
  const isAt = (keys: readonly string[]): boolean =>
    levels.length === keys.length && levels.every(({ isList, name }, at) => !isList && name === keys[at])

  /** Whether what begins here stands in the place of a row. */
  function beginsRow(byte: number): boolean {
    const level = levels.at(-1)
    if (level !== undefined) level.items++
    if (level?.rows === true) return true
    if (wanted !== undefined) {
      if (!isAt(wanted.keys)) return false
      if (path !== undefined) throw new WalkFault({ kind: 'again', paths: [path, path] })
      if (!wanted.each) path = pathTo(levels)
      else if (byte !== openList) throw new WalkFault({ kind: 'other', path: pathTo(levels), is: kindOf(byte) })
      return !wanted.each
    }
    if (level?.isList !== true || level.items > 1 || byte !== openObject || levels.slice(0, -1).some(({ isList }) => isList)) return false
    const found = pathTo(levels)
    if (path !== undefined) throw new WalkFault({ kind: 'again', paths: [path, found] })
    path = found
    level.rows = true
    return true
  }

  function beginValue(byte: number): void {
    if (levels.length === 0) isObject = byte === openObject
    const isRowHere = beginsRow(byte)
    if (byte === openObject || byte === openList) {
      if (isRowHere) {
        rows.begins(place)
        ;[state, rowDepth, inString, escaped] = ['row', 0, false, false]
        return
      }
      if (levels.length === deepest) throw new WalkFault({ kind: 'deep' })
      const isList = byte === openList
      const holdsRows = isList && (wanted === undefined ? levels.length === 0 : wanted.each && isAt(wanted.keys))
      levels.push({ isList, name: '', items: 0, rows: holdsRows })
      if (holdsRows) path = pathTo(levels)
      state = isList ? 'firstItem' : 'firstName'
      place++
      return
    }
    if (!(byte === quote || byte === 0x2d || (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a)))
      throw fail(`a value begins where ${shown(byte)} stands`)
    beginToken(byte, false, isRowHere)
  }

  function beginToken(byte: number, name: boolean, row: boolean): void {
    ;[isString, isName, isRow, escaped, tokenLine] = [byte === quote, name, row, false, line]
    token.length = 0
    append(token, Uint8Array.of(byte))
    state = 'token'
    place++
  }

  /** Goes on with a token; it may end behind the bytes at hand. */
  function readToken(bytes: Buffer, to: number): void {
    const first = place
    let ended = false
    while (place < to && !ended) {
      const byte = bytes[place] ?? 0
      if (isString) {
        place++
        ended = byte === quote && !escaped
        escaped = byte === backslash && !escaped
      } else if (endsPlain(byte)) ended = true
      else place++
    }
    append(token, bytes.subarray(first, place))
    if (token.length > longestToken) throw new WalkFault({ kind: 'long' })
    if (ended) endToken()
  }

  function endToken(): void {
    const text = Buffer.from(token.data.subarray(0, token.length))
    const value = parsed(text)
    if (value === undefined) throw fail(`${text.toString('utf8').slice(0, 40)} is not a value`)
    const level = levels.at(-1)
    if (isName) {
      if (level !== undefined) level.name = String(value.value)
      state = 'colon'
      return
    }
    if (isRow) rows.scalar(text, tokenLine)
    state = levels.length === 0 ? 'end' : 'after'
  }

  /** Goes on with a row: to the bracket that ends it. */
  function readRow(bytes: Buffer, to: number): void {
    while (place < to) {
      const byte = bytes[place++] ?? 0
      if (inString) {
        if (escaped) escaped = false
        else if (byte === backslash) escaped = true
        else if (byte === quote) inString = false
      } else if (byte === quote) inString = true
      else if (byte === openObject || byte === openList) rowDepth++
      else if (byte === lineFeed) line++
      else if (byte === closeObject || byte === closeList) {
        rowDepth--
        if (rowDepth > 0) continue
        state = levels.length === 0 ? 'end' : 'after'
        rows.ends(place)
        return
      }
    }
  }

  function closeLevel(): void {
    const level = levels.pop()
    place++
    state = levels.length === 0 ? 'end' : 'after'
    if (level?.isList === true && level.items === 0 && !levels.some(({ isList }) => isList)) emptyLists.push(`${pathTo(levels)}[*]`)
  }

  function step(byte: number): void {
    const level = levels.at(-1)
    const closes = byte === (level?.isList === true ? closeList : closeObject)
    switch (state) {
      case 'value':
        beginValue(byte)
        break
      case 'firstItem':
        if (closes) closeLevel()
        else beginValue(byte)
        break
      case 'firstName':
      case 'name':
        if (state === 'firstName' && closes) closeLevel()
        else if (byte === quote) beginToken(byte, true, false)
        else throw fail(`a name stands in quotes, where ${shown(byte)} stands`)
        break
      case 'colon':
        if (byte !== colon) throw fail(`a colon is missing before ${shown(byte)}`)
        state = 'value'
        place++
        break
      case 'after':
        if (closes) closeLevel()
        else if (byte === comma) {
          state = level?.isList === true ? 'value' : 'name'
          place++
        } else throw fail(`a comma or a closing bracket is missing before ${shown(byte)}`)
        break
      case 'end':
        throw new WalkFault({ kind: 'behind', isObject: byte === openObject })
      case 'token':
      case 'row':
        break
      default:
        state satisfies never
    }
  }

  return {
    on(bytes, at, to) {
      place = at
      while (place < to) {
        if (state === 'row') readRow(bytes, to)
        else if (state === 'token') readToken(bytes, to)
        else {
          const byte = bytes[place] ?? 0
          if (!isSpace(byte)) step(byte)
          else {
            if (byte === lineFeed) line++
            place++
          }
        }
      }
    },
    finish() {
      if (state === 'token' && !isString) endToken()
      if (state !== 'end') throw fail('it is cut off')
    },
    get place() {
      return place
    },
    get line() {
      return line
    },
    get path() {
      return path
    },
    get isObject() {
      return isObject
    },
    emptyLists,
  }
}

/** A scalar, of which the engine's parser is as strict as RFC 8259. */
function parsed(text: Buffer): { readonly value: unknown } | undefined {
  if (!isUtf8(text)) return undefined
  try {
    return { value: JSON.parse(text.toString('utf8')) }
  } catch {
    return undefined
  }
}

/** What ends a number or a word. */
const endsPlain = (byte: number): boolean =>
  isSpace(byte) ||
  byte === comma ||
  byte === closeList ||
  byte === closeObject ||
  byte === colon ||
  byte === quote ||
  byte === openList ||
  byte === openObject

const stepOf = (name: string): string => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `.${name}` : `."${name}"`)

const shown = (byte: number): string =>
  byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `the byte 0x${byte.toString(16).padStart(2, '0')}`

const kindOf = (byte: number): string =>
  byte === openObject ? 'an object' : byte === quote ? 'a string' : byte === 0x6e ? 'null' : 'a value that is not a list'
