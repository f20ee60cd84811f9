import { fileErrors } from '../../../errors.ts'
import type { Zip } from '../../bytes/zip.ts'
import { rangeOf } from '../references.ts'
import { putNumber, type SharedTexts, type Styles } from '../value.ts'
import { type CellSink, mostColumns, mostRows } from '../workbook.ts'
import { neededPart, readXml } from './parts.ts'
import { TextRun, unescaped } from './text-run.ts'
import { ValueBytes } from './value-bytes.ts'
import type { XmlTag } from './xml/tag.ts'

/** What the cells of all sheets refer to. */
export interface Content {
  readonly styles: Styles
  readonly texts: SharedTexts
  readonly epoch: 1900 | 1904
}

export async function readSheet(zip: Zip, path: string, { styles, texts, epoch }: Content, sink: CellSink): Promise<void> {
  let [row, column] = [-1, -1]
  let [isRow, isValue, hasFormula] = [false, false, false]
  let [type, style] = ['n', 0]
  const value = new ValueBytes()
  const inline = new TextRun()
  const listener = {
    open(name: string, tag: XmlTag): void {
      if (name === 'c') {
        if (isRow) beginCell(tag)
      } else if (name === 'v') isValue = true
      else if (name === 'row') {
        const number = tag.value('r')
        const next = number === undefined ? row + 1 : Number(number) - 1
        if (!Number.isInteger(next) || next <= row || next >= mostRows) throw beyond(`row ${number}`)
        row = next
        column = -1
        isRow = true
      } else if (name === 'f') hasFormula = true
      else if (name === 'mergeCell') {
        const range = rangeOf(tag.value('ref') ?? '')
        if (range !== undefined) sink.merged(range)
      } else inline.open(name)
    },
    close(name: string): void {
      if (name === 'v') isValue = false
      else if (name === 'c') {
        if (isRow) putCell()
      } else if (name === 'row') isRow = false
      else inline.close(name)
    },
    text(bytes: Buffer, from: number, to: number): void {
      if (isValue) value.add(bytes, from, to)
      else if (type === 'inlineStr') inline.take(bytes, from, to)
    },
  }

  function beginCell(tag: XmlTag): void {
    const reference = tag.find('r')
    column = reference < 0 ? column + 1 : columnIn(tag.bytes, tag.from(reference), tag.to(reference), row)
    if (column < 0 || column >= mostColumns) throw beyond(tag.value('r') ?? `column ${column + 1}`)
    type = typeIn(tag)
    const styled = tag.find('s')
    style = styled < 0 ? 0 : wholeIn(tag.bytes, tag.from(styled), tag.to(styled))
    value.clear()
    hasFormula = false
    inline.begin()
  }

  function putCell(): void {
    if (type === 'inlineStr') {
      put(inline.text)
      return
    }
    if (value.length === 0) {
      if (hasFormula && type !== 'str') sink.withoutValue(row, column)
      return
    }
    switch (type) {
      case 's': {
        const text = texts[value.whole() ?? Number(value.text)]
        if (text === undefined) throw fileErrors.damaged(`the cell ${placeName(row, column)} names a text that the file has not`, retry)
        put(text)
        return
      }
      case 'str':
        put(unescaped(value.text))
        return
      case 'b':
        sink.cell(row, column, isTrue(value.text.trim()) ? 'true' : 'false', 'boolean')
        return
      case 'e':
        sink.cell(row, column, value.text, 'error')
        return
      case 'd':
        sink.cell(row, column, value.text, 'time')
        return
      default:
        putOwn()
    }
  }

  function putOwn(): void {
    const shown = styles.shown(style)
    if (shown === 'number') {
      const whole = value.whole()
      if (whole !== undefined) {
        sink.cell(row, column, String(whole), 'number')
        return
      }
      if (value.isShortest()) {
        sink.cell(row, column, value.text, 'number')
        return
      }
    }
    const { text } = value
    const number = Number(text)
    if (Number.isNaN(number))
      throw fileErrors.damaged(`the cell ${placeName(row, column)} holds a number that is not one: ${text.slice(0, 40)}`, retry)
    if (Number.isFinite(number)) putNumber(sink, row, column, number, shown, epoch)
    else sink.cell(row, column, text.trim(), 'number')
  }

  function put(text: string): void {
    if (text !== '') sink.cell(row, column, text, 'text')
  }
  await readXml(zip, neededPart(zip, path), listener, () => sink.isDone)
}

export const isTrue = (text: string | undefined): boolean => text === '1' || text === 'true' || text === 'on'

/** Types of one letter, so that no text has to be made of each. */
const letters: Readonly<Partial<Record<number, string>>> = Object.fromEntries(
  ['n', 's', 'b', 'e', 'd'].map((type) => [type.charCodeAt(0), type]),
)

function typeIn(tag: XmlTag): string {
  const place = tag.find('t')
  if (place < 0) return 'n'
  const from = tag.from(place)
  const known = tag.to(place) - from === 1 ? letters[tag.bytes[from] ?? 0] : undefined
  return known ?? tag.value('t') ?? 'n'
}

const [zero, letterA] = [0x30, 0x61]

/** A number of digits alone; NaN where it is none. */
function wholeIn(bytes: Buffer, from: number, to: number): number {
  let number = from < to ? 0 : Number.NaN
  for (let at = from; at < to; at++) {
    const digit = (bytes[at] ?? 0) - zero
    number = digit >= 0 && digit <= 9 ? number * 10 + digit : Number.NaN
  }
  return number
}

/** The column of `BC12`, -1 where it is none. The row it names is that of the row it stands in. */
function columnIn(bytes: Buffer, from: number, to: number, row: number): number {
  let [at, column] = [from, 0]
  for (; at < to; at++) {
    const letter = ((bytes[at] ?? 0) | 0x20) - letterA
    if ((bytes[at] ?? 0) <= 0x40 || letter < 0 || letter > 25) break
    column = column * 26 + letter + 1
  }
  return at > from && at - from <= 3 && wholeIn(bytes, at, to) === row + 1 ? column - 1 : -1
}

const retry = { next: 'Open it with Excel or LibreOffice and save it again.' }
const placeName = (row: number, column: number): string => `R${row + 1}C${column + 1}`

const beyond = (place: string): Error =>
  fileErrors.damaged(`it has a cell where none can be, or in the wrong order: ${place.slice(0, 40)}`, {
    facts: { place: place.slice(0, 40) },
    ...retry,
  })
