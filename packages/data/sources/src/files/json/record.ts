import type { Growing } from '../records/growing.ts'
import { makeRoom } from '../records/growing.ts'
import {
  backslash,
  closeObject,
  colon,
  comma,
  isDigit,
  letterN,
  lineFeed,
  minus,
  nine,
  openList,
  openObject,
  quote,
  zero,
} from './characters.ts'
import { columnNamed, type KnownColumns } from './columns.ts'
import { type Cursor, copyNested, copyNumber, copyString, copyWord, type Fault, note, skipSpace } from './value.ts'

/** Why a text is not a record, or several of them. */
export interface RecordFault {
  readonly fault: Fault
  /** Place in the bytes. */
  readonly at: number
  /** The column, of a name that stands twice. */
  readonly column?: string
}

/**
 * Reads objects, each as one line of `records`: `{"r":<row>,"0":"...","3":"..."}`. Strings stay as they are written, numbers and what is
 * nested become strings with all of their characters; null is left out.
 */
export interface RecordReader {
  /**
   * All objects in `bytes[start, end)`, where `bytes` goes on for at least one byte, which is left as it was. What is refused leaves
   * nothing behind in `records`. @returns how many there are, or why there are none
   */
  read(bytes: Uint8Array, start: number, end: number, row: number): number | RecordFault
  /** Bytes of the longest of what was written. */
  longest(): number
}

/** @returns the place behind them */
function put(into: Uint8Array, to: number, bytes: Uint8Array): number {
  let place = to
  for (let at = 0; at < bytes.length; at++) into[place++] = bytes[at] ?? 0
  return place
}

export function recordReader(columns: KnownColumns, records: Growing): RecordReader {
  const cursor: Cursor = { from: new Uint8Array(), at: 0, into: records.data, to: 0, fault: undefined, faultAt: 0 }
  /** Which column stood at each place of the record before: objects of a file have their names in one order. */
  const order: number[] = []
  /** The number of the object in which a column was seen last. */
  const seenIn: number[] = []
  let objects = 0
  /** Columns of the objects at hand: counted once all of them have been read. Twice the number, and one more for null. */
  let touched = new Int32Array(1024)
  let touches = 0
  let twice: string | undefined
  let longest = 0

  /** `{"r":<row>`: the digits are counted on, since the next row is mostly the one behind. */
  let beginning = new Uint8Array(0)
  let lastRow = -2

  function rowBytes(row: number): Uint8Array {
    let at = beginning.length - 1
    while (row === lastRow + 1 && beginning[at] === nine) beginning[at--] = zero
    if (row === lastRow + 1 && isDigit(beginning[at])) beginning[at] = (beginning[at] ?? 0) + 1
    else beginning = Buffer.from(`{"r":${row}`)
    lastRow = row
    return beginning
  }

  /** The column whose name begins at the quote, -1 where it is none. */
  function columnAt(place: number): number {
    const { from, at } = cursor
    const likely = order[place]
    if (likely !== undefined) {
      const spelling = columns.list[likely]?.spelling ?? from
      let [mine, theirs] = [at + 1, 0]
      while (theirs < spelling.length && from[mine] === spelling[theirs]) {
        mine++
        theirs++
      }
      if (theirs === spelling.length && from[mine] === quote) {
        cursor.at = mine + 1
        return likely
      }
    }
    const { to } = cursor
    if (!copyString(cursor)) return -1
    cursor.to = to
    const spelling = from.subarray(at + 1, cursor.at - 1)
    const text = Buffer.from(spelling.buffer, spelling.byteOffset, spelling.length).toString('utf8')
    const name = spelling.includes(backslash) ? (JSON.parse(`"${text}"`) as string) : text
    const number = columnNamed(columns, name, spelling)
    order[place] = number
    return number
  }

  function readObject(row: Uint8Array): boolean {
    objects++
    cursor.to = put(cursor.into, cursor.to, row)
    cursor.at++
    skipSpace(cursor)
    if (cursor.from[cursor.at] === closeObject) return closed()
    for (let place = 0; ; place++) {
      if (cursor.from[cursor.at] !== quote) return false
      const nameAt = cursor.at
      const column = columnAt(place)
      if (column === -1) return false
      if (seenIn[column] === objects) {
        if (cursor.fault === undefined) twice = columns.list[column]?.name
        note(cursor, 'twice', nameAt)
      }
      seenIn[column] = objects
      skipSpace(cursor)
      if (cursor.from[cursor.at] !== colon) return false
      cursor.at++
      skipSpace(cursor)
      if (!readValue(column)) return false
      skipSpace(cursor)
      const mark = cursor.from[cursor.at]
      if (mark === closeObject) return closed()
      if (mark !== comma) return false
      cursor.at++
      skipSpace(cursor)
    }
  }

  function closed(): true {
    cursor.into[cursor.to++] = closeObject
    cursor.into[cursor.to++] = lineFeed
    cursor.at++
    return true
  }

  function readValue(column: number): boolean {
    const first = cursor.from[cursor.at] ?? 0
    const isNull = first === letterN
    if (touches === touched.length) {
      const larger = new Int32Array(2 * touched.length)
      larger.set(touched)
      touched = larger
    }
    touched[touches++] = 2 * column + (isNull ? 1 : 0)
    const before = cursor.to
    const name = columns.list[column]?.before ?? cursor.from
    cursor.to = put(cursor.into, cursor.to, name)
    if (first === quote) return copyString(cursor)
    cursor.into[cursor.to++] = quote
    const good =
      first === openObject || first === openList
        ? copyNested(cursor)
        : first === minus || isDigit(first)
          ? copyNumber(cursor)
          : copyWord(cursor)
    cursor.into[cursor.to++] = quote
    if (isNull) cursor.to = before
    return good
  }

  /** Any value: so that a text that is not an object is told from one that is not JSON. */
  function readOther(): boolean {
    const { to } = cursor
    const first = cursor.from[cursor.at] ?? 0
    note(cursor, 'object', cursor.at)
    const good =
      first === openList
        ? copyNested(cursor)
        : first === quote
          ? copyString(cursor)
          : first === minus || isDigit(first)
            ? copyNumber(cursor)
            : copyWord(cursor)
    cursor.to = to
    return good
  }

  /** Room for the rest of the text three times; an array of bytes takes no more than it holds, and says nothing. */
  function makeRoomFor(end: number): void {
    const needed = 3 * (end - cursor.at) + 64
    if (cursor.into.length - cursor.to >= needed) return
    records.length = cursor.to
    makeRoom(records, needed)
    cursor.into = records.data
  }

  function readAll(end: number, row: Uint8Array): number {
    let count = 0
    for (;;) {
      skipSpace(cursor)
      if (cursor.at >= end) return count
      makeRoomFor(end)
      if (!(cursor.from[cursor.at] === openObject ? readObject(row) : readOther())) return -1
      count++
    }
  }

  return {
    read(bytes, start, end, row) {
      const before = records.length
      cursor.from = bytes
      cursor.at = start
      cursor.into = records.data
      cursor.to = before
      cursor.fault = undefined
      touches = 0
      const behind = bytes[end] ?? 0
      bytes[end] = 0
      const count = readAll(end, rowBytes(row))
      bytes[end] = behind
      records.length = before
      if (count === -1 && cursor.fault !== 'deep') return { fault: 'json', at: cursor.at }
      if (cursor.fault !== undefined)
        return { fault: cursor.fault, at: cursor.faultAt, ...(cursor.fault === 'twice' && twice !== undefined ? { column: twice } : {}) }
      records.length = cursor.to
      longest = Math.max(longest, cursor.to - before)
      for (let at = 0; at < touches; at++) {
        const touch = touched[at] ?? 0
        const column = columns.list[touch >> 1]
        if (column === undefined) continue
        column.present++
        column.nulls += touch & 1
      }
      return count
    },
    longest: () => longest,
  }
}
