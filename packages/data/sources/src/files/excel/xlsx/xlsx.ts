import { fileErrors } from '../../../errors.ts'
import type { Zip } from '../../bytes/zip.ts'
import { columnOf, placeOfName, rangeOf } from '../references.ts'
import { putNumber, Styles } from '../value.ts'
import type { CellSink, DefinedName, Sheet, Workbook } from '../workbook.ts'
import { mostColumns, mostRows } from '../workbook.ts'
import { type Attributes, neededPart, partNamed, readXml, relationIn, relationsOf } from './parts.ts'

/** A workbook of Office Open XML (ECMA-376). Styles and shared texts are held in memory; sheets are read in pieces. */
export async function openXlsx(zip: Zip, path: string): Promise<Workbook> {
  const relations = await relationsOf(zip, path)
  const target = (type: string): string | undefined => relations.find((each) => each.type === type)?.target
  const book = await bookOf(zip, path)
  const sheets = book.sheets.map(({ relation, ...sheet }) => {
    const found = relations.find(({ id }) => id === relation)
    return { ...sheet, hasCells: found?.type === 'worksheet', part: found?.target ?? '' }
  })
  let content: { readonly styles: Styles; readonly texts: readonly string[] } | undefined
  return {
    kind: 'xlsx',
    sheets,
    names: namesOf(book.names, sheets),
    epoch: book.epoch,
    async read(sheet, sink) {
      content ??= { styles: await stylesOf(zip, target('styles')), texts: await textsOf(zip, target('sharedStrings')) }
      await readSheet(zip, sheets[sheet]?.part ?? '', { ...content, epoch: book.epoch }, sink)
    },
    [Symbol.asyncDispose]: () => zip[Symbol.asyncDispose](),
  }
}

interface Book {
  readonly sheets: { readonly name: string; readonly isHidden: boolean; readonly relation: string }[]
  readonly names: { readonly name: string; text: string }[]
  epoch: 1900 | 1904
}

async function bookOf(zip: Zip, path: string): Promise<Book> {
  const book: Book = { sheets: [], names: [], epoch: 1900 }
  let isName = false
  await readXml(zip, neededPart(zip, path), {
    open(name, attributes) {
      if (name === 'workbookPr') {
        if (isTrue(attributes.date1904)) book.epoch = 1904
      } else if (name === 'sheet')
        book.sheets.push({
          name: attributes.name ?? '',
          isHidden: (attributes.state ?? 'visible') !== 'visible',
          relation: relationIn(attributes),
        })
      else if (name === 'definedName') {
        book.names.push({ name: attributes.name ?? '', text: '' })
        isName = true
      }
    },
    close(name) {
      if (name === 'definedName') isName = false
    },
    text(text) {
      const last = book.names.at(-1)
      if (isName && last !== undefined) last.text += text
    },
  })
  return book
}

const isTrue = (text: string | undefined): boolean => text === '1' || text === 'true' || text === 'on'

export const namesOf = (
  names: readonly { readonly name: string; readonly text: string }[],
  sheets: readonly Sheet[],
): readonly DefinedName[] =>
  names.flatMap(({ name, text }) => {
    const place = placeOfName(text)
    const sheet = sheets.findIndex((each) => each.name.toLowerCase() === place?.sheet.toLowerCase())
    return place === undefined || sheet < 0 ? [] : [{ name, sheet, range: place.range }]
  })

async function stylesOf(zip: Zip, path: string | undefined): Promise<Styles> {
  const styles = new Styles()
  const part = path === undefined ? undefined : partNamed(zip, path)
  if (part === undefined) return styles
  let isOfCells = false
  await readXml(zip, part, {
    open(name, attributes) {
      if (name === 'numFmt') styles.format(Number(attributes.numFmtId), attributes.formatCode ?? '')
      else if (name === 'cellXfs') isOfCells = true
      else if (name === 'xf' && isOfCells) styles.style(Number(attributes.numFmtId ?? 0))
    },
    close(name) {
      if (name === 'cellXfs') isOfCells = false
    },
    text: () => undefined,
  })
  return styles
}

async function textsOf(zip: Zip, path: string | undefined): Promise<readonly string[]> {
  const texts: string[] = []
  const part = path === undefined ? undefined : partNamed(zip, path)
  if (part === undefined) return texts
  const run = new TextRun()
  await readXml(zip, part, {
    open(name) {
      if (name === 'si') run.begin()
      else run.open(name)
    },
    close(name) {
      if (name === 'si') texts.push(run.text)
      else run.close(name)
    },
    text: (text) => run.take(text),
  })
  return texts
}

/** Characters of a cell. Excel itself writes 32,767. */
const longestText = 16_777_216

const tooLong = (): Error =>
  fileErrors.limit('one of its cells has more than 16 million characters', {
    facts: { limit: longestText },
    next: 'Look at the file: it may be made to do harm.',
  })

/** A text that may be made of several, each in a form of its own. How it is read aloud is left out. */
class TextRun {
  #text = ''
  #isText = false as boolean
  #isAloud = false as boolean

  begin(): void {
    this.#text = ''
  }
  open(name: string): void {
    if (name === 't') this.#isText = true
    else if (name === 'rPh') this.#isAloud = true
  }
  close(name: string): void {
    if (name === 't') this.#isText = false
    else if (name === 'rPh') this.#isAloud = false
  }
  take(text: string): void {
    if (!this.#isText || this.#isAloud) return
    this.#text += text
    if (this.#text.length > longestText) throw tooLong()
  }
  get text(): string {
    return unescaped(this.#text)
  }
}

/** `_x000D_` stands for a character that XML does not take (ECMA-376 part 1, 22.9.2.19). */
const unescaped = (text: string): string =>
  text.includes('_x') ? text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))) : text

interface Content {
  readonly styles: Styles
  readonly texts: readonly string[]
  readonly epoch: 1900 | 1904
}

async function readSheet(zip: Zip, path: string, content: Content, sink: CellSink): Promise<void> {
  let [row, column] = [-1, -1]
  let [isRow, isValue, hasFormula] = [false, false, false]
  let [type, style, value] = ['n', 0, '']
  const inline = new TextRun()
  const listener = {
    open(name: string, attributes: Attributes): void {
      if (name === 'c') {
        if (!isRow) return
        const reference = attributes.r
        column = reference === undefined ? column + 1 : columnIn(reference, row)
        if (column >= mostColumns) throw beyond(reference ?? `column ${column + 1}`)
        type = attributes.t ?? 'n'
        style = Number(attributes.s ?? 0)
        value = ''
        hasFormula = false
        inline.begin()
      } else if (name === 'v') isValue = true
      else if (name === 'row') {
        const number = attributes.r
        const next = number === undefined ? row + 1 : Number(number) - 1
        if (!Number.isInteger(next) || next <= row || next >= mostRows) throw beyond(`row ${number}`)
        row = next
        column = -1
        isRow = true
      } else if (name === 'f') hasFormula = true
      else if (name === 'mergeCell') {
        const range = rangeOf(attributes.ref ?? '')
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
    text(text: string): void {
      if (isValue) {
        value += text
        if (value.length > longestText) throw tooLong()
      } else if (type === 'inlineStr') inline.take(text)
    },
  }

  function putCell(): void {
    if (type === 'inlineStr') {
      put(inline.text, 'text')
      return
    }
    if (value === '') {
      if (hasFormula && type !== 'str') sink.withoutValue(row, column)
      return
    }
    switch (type) {
      case 's': {
        const text = content.texts[Number(value)]
        if (text === undefined) throw fileErrors.damaged(`the cell ${placeName(row, column)} names a text that the file has not`, retry)
        put(text, 'text')
        return
      }
      case 'str':
        put(unescaped(value), 'text')
        return
      case 'b':
        sink.cell(row, column, isTrue(value.trim()) ? 'true' : 'false', 'boolean')
        return
      case 'e':
        sink.cell(row, column, value, 'error')
        return
      case 'd':
        sink.cell(row, column, value, 'time')
        return
      default: {
        const number = Number(value)
        if (Number.isNaN(number))
          throw fileErrors.damaged(`the cell ${placeName(row, column)} holds a number that is not one: ${value.slice(0, 40)}`, retry)
        if (!Number.isFinite(number)) {
          sink.cell(row, column, value.trim(), 'number')
          return
        }
        putNumber(sink, row, column, number, content.styles.shown(style), content.epoch)
        return
      }
    }
  }
  const put = (text: string, kind: 'text'): void => {
    if (text !== '') sink.cell(row, column, text, kind)
  }
  await readXml(zip, neededPart(zip, path), listener, () => sink.isDone)
}

const retry = { next: 'Open it with Excel or LibreOffice and save it again.' }
const placeName = (row: number, column: number): string => `R${row + 1}C${column + 1}`

/** The column of `BC12`. The row it names is that of the row it stands in. */
function columnIn(reference: string, row: number): number {
  let length = 0
  while (length < reference.length && reference.charCodeAt(length) > 0x40) length++
  const column = length === 0 || length > 3 ? -1 : columnOf(reference.slice(0, length))
  if (column < 0 || Number(reference.slice(length)) !== row + 1) throw beyond(reference)
  return column
}

const beyond = (place: string): Error =>
  fileErrors.damaged(`it has a cell where none can be, or in the wrong order: ${place.slice(0, 40)}`, {
    facts: { place: place.slice(0, 40) },
    ...retry,
  })
