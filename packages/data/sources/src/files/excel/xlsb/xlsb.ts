import { fileErrors } from '../../../errors.ts'
import type { Zip } from '../../bytes/zip.ts'
import { errorTexts, numberOfRk, putNumber, Styles } from '../value.ts'
import { type CellSink, type DefinedName, mostColumns, mostRows, type Sheet, type Workbook } from '../workbook.ts'
import { neededPart, partNamed, relationsOf } from '../xlsx/parts.ts'
import { recordsOf, wideText } from './records.ts'

/** Numbers of records ([MS-XLSB] 2.3.2). */
const brt = {
  rowHeader: 0,
  blank: 1,
  rk: 2,
  error: 3,
  boolean: 4,
  real: 5,
  text: 6,
  shared: 7,
  formulaText: 8,
  formulaNumber: 9,
  formulaBoolean: 10,
  formulaError: 11,
  sharedItem: 19,
  name: 39,
  format: 44,
  style: 47,
  shortBlank: 12,
  shortShared: 18,
  richText: 62,
  bookProperties: 153,
  sheet: 156,
  merge: 176,
  externalSheets: 362,
  beginStyles: 617,
  endStyles: 618,
} as const

/** A workbook of the parts of an .xlsx, written in binary records ([MS-XLSB]). */
export async function openXlsb(zip: Zip, path: string): Promise<Workbook> {
  const relations = await relationsOf(zip, path)
  const target = (type: string): string | undefined => relations.find((each) => each.type === type)?.target
  const book = await bookOf(zip, path)
  const sheets = book.sheets.map(({ relation, ...sheet }) => {
    const found = relations.find(({ id }) => id === relation)
    return { ...sheet, hasCells: found?.type === 'worksheet', part: found?.target ?? '' }
  })
  let content: { readonly styles: Styles; readonly texts: readonly string[] } | undefined
  return {
    kind: 'xlsb',
    sheets,
    names: book.names,
    epoch: book.epoch,
    async read(sheet, sink) {
      content ??= { styles: await stylesOf(zip, target('styles')), texts: await textsOf(zip, target('sharedStrings')) }
      await readSheet(zip, sheets[sheet]?.part ?? '', { ...content, epoch: book.epoch }, sink)
    },
    [Symbol.asyncDispose]: () => zip[Symbol.asyncDispose](),
  }
}

interface Book {
  readonly sheets: readonly (Omit<Sheet, 'hasCells'> & { readonly relation: string })[]
  readonly names: readonly DefinedName[]
  readonly epoch: 1900 | 1904
}

async function bookOf(zip: Zip, path: string): Promise<Book> {
  const sheets: (Omit<Sheet, 'hasCells'> & { readonly relation: string })[] = []
  const named: Buffer[] = []
  let externals: readonly number[] = []
  let epoch: 1900 | 1904 = 1900
  for await (const { id, data } of recordsOf(zip, neededPart(zip, path))) {
    if (id === brt.bookProperties) epoch = (data.readUInt32LE(0) & 1) !== 0 ? 1904 : 1900
    else if (id === brt.sheet) {
      const relation = wideText(data, 8)
      sheets.push({ name: wideText(data, relation.end).text, isHidden: data.readUInt32LE(0) !== 0, relation: relation.text })
    } else if (id === brt.externalSheets)
      externals = Array.from({ length: Math.min(data.readUInt32LE(0), (data.length - 4) / 12) }, (_, index) =>
        data.readInt32LE(8 + index * 12),
      )
    else if (id === brt.name) named.push(Buffer.from(data))
  }
  return { sheets, names: named.flatMap((data) => nameOf(data, externals)), epoch }
}

/** A name for one range or cell of one sheet: its formula is ptgArea3d, ptgRef3d, or two of the latter. */
function nameOf(data: Buffer, externals: readonly number[]): readonly DefinedName[] {
  const { text: name, end } = wideText(data, 9)
  const formula = data.subarray(end + 4, end + 4 + data.readUInt32LE(end))
  const token = (formula[0] ?? 0) & 0x1f
  const sheet = formula.length > 3 ? externals[formula.readUInt16LE(1)] : undefined
  if (sheet === undefined || sheet < 0) return []
  if (token === 0x1b && formula.length === 15) {
    const [top, bottom] = [formula.readUInt32LE(3), formula.readUInt32LE(7)]
    return [{ name, sheet, range: { top, bottom, left: formula.readUInt16LE(11) & 0x3fff, right: formula.readUInt16LE(13) & 0x3fff } }]
  }
  if (token !== 0x1a) return []
  const [top, left] = [formula.readUInt32LE(3), formula.readUInt16LE(7) & 0x3fff]
  if (formula.length === 9) return [{ name, sheet, range: { top, left, bottom: top, right: left } }]
  // Two cells and the operator between them.
  if (formula.length !== 19 || formula[18] !== 0x11 || ((formula[9] ?? 0) & 0x1f) !== 0x1a) return []
  return [{ name, sheet, range: { top, left, bottom: formula.readUInt32LE(12), right: formula.readUInt16LE(16) & 0x3fff } }]
}

async function stylesOf(zip: Zip, path: string | undefined): Promise<Styles> {
  const styles = new Styles()
  const part = path === undefined ? undefined : partNamed(zip, path)
  if (part === undefined) return styles
  let isOfCells = false
  for await (const { id, data } of recordsOf(zip, part)) {
    if (id === brt.format) styles.format(data.readUInt16LE(0), wideText(data, 2).text)
    else if (id === brt.beginStyles) isOfCells = true
    else if (id === brt.endStyles) isOfCells = false
    else if (id === brt.style && isOfCells) styles.style(data.readUInt16LE(2))
  }
  return styles
}

async function textsOf(zip: Zip, path: string | undefined): Promise<readonly string[]> {
  const texts: string[] = []
  const part = path === undefined ? undefined : partNamed(zip, path)
  if (part === undefined) return texts
  for await (const { id, data } of recordsOf(zip, part)) if (id === brt.sharedItem) texts.push(wideText(data, 1).text)
  return texts
}

interface Content {
  readonly styles: Styles
  readonly texts: readonly string[]
  readonly epoch: 1900 | 1904
}

async function readSheet(zip: Zip, path: string, { styles, texts, epoch }: Content, sink: CellSink): Promise<void> {
  let [row, last] = [-1, -1]
  for await (const { id, data } of recordsOf(zip, neededPart(zip, path))) {
    if (sink.isDone) return
    if (id === brt.rowHeader) {
      const next = data.readUInt32LE(0)
      if (next <= row || next >= mostRows) throw beyond(next, 0)
      ;[row, last] = [next, -1]
    } else if (id === brt.merge)
      sink.merged({ top: data.readUInt32LE(0), bottom: data.readUInt32LE(4), left: data.readUInt32LE(8), right: data.readUInt32LE(12) })
    else if ((id >= brt.blank && id <= brt.formulaError) || id === brt.richText) putCell(id, data.readUInt32LE(0), data.subarray(4))
    // The cell behind the last one is written without its column.
    else if (id >= brt.shortBlank && id <= brt.shortShared) putCell(id - brt.shortBlank + brt.blank, last + 1, data)
  }

  /** @param data the style, in three bytes and one of flags, and the value */
  function putCell(id: number, column: number, data: Buffer): void {
    if (row < 0 || column <= last || column >= mostColumns) throw beyond(row, column)
    last = column
    const shown = () => styles.shown(data.readUIntLE(0, 3))
    switch (id) {
      case brt.blank:
        return
      case brt.rk:
        putNumber(sink, row, column, numberOfRk(data.readInt32LE(4)), shown(), epoch)
        return
      case brt.real:
      case brt.formulaNumber:
        putNumber(sink, row, column, data.readDoubleLE(4), shown(), epoch)
        return
      case brt.boolean:
      case brt.formulaBoolean:
        sink.cell(row, column, data.readUInt8(4) === 0 ? 'false' : 'true', 'boolean')
        return
      case brt.error:
      case brt.formulaError:
        sink.cell(row, column, errorTexts[data.readUInt8(4)] ?? '#ERROR!', 'error')
        return
      case brt.shared: {
        const text = texts[data.readUInt32LE(4)]
        if (text === undefined)
          throw fileErrors.damaged(`row ${row + 1} names a text that the file has not`, { next: 'Ask for the file again.' })
        if (text !== '') sink.cell(row, column, text, 'text')
        return
      }
      default: {
        const { text } = wideText(data, id === brt.richText ? 5 : 4)
        if (text !== '') sink.cell(row, column, text, 'text')
      }
    }
  }
}

const beyond = (row: number, column: number): Error =>
  fileErrors.damaged(`it has a cell where none can be, or in the wrong order: row ${row + 1}, column ${column + 1}`, {
    facts: { row: row + 1, column: column + 1 },
    next: 'Open it with Excel or LibreOffice and save it again.',
  })
