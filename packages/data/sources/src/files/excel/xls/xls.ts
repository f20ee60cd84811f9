import { fileErrors } from '../../../errors.ts'
import { encrypted } from '../encrypted.ts'
import { errorTexts, numberOfRk, putNumber, Styles } from '../value.ts'
import type { CellSink, DefinedName, Sheet, Workbook } from '../workbook.ts'
import { compoundFile } from './compound-file.ts'
import { BiffReader, PartsReader } from './records.ts'

/** Numbers of records ([MS-XLS] 2.3). */
const biff = {
  formula: 0x06,
  endOfSheet: 0x0a,
  externalSheets: 0x17,
  name: 0x18,
  epoch: 0x22,
  encrypted: 0x2f,
  sheet: 0x85,
  manyRk: 0xbd,
  richText: 0xd6,
  style: 0xe0,
  merged: 0xe5,
  sharedTexts: 0xfc,
  shared: 0xfd,
  number: 0x203,
  text: 0x204,
  booleanOrError: 0x205,
  formulaText: 0x207,
  rk: 0x27e,
  format: 0x41e,
  begin: 0x809,
} as const

/** A workbook of Excel 97 to 2003 ([MS-XLS], BIFF8). It is held in memory; it has at most 65,536 rows a sheet. */
export function openXls(file: Buffer): Workbook {
  const compound = compoundFile(file)
  const stream = compound.stream('Workbook')
  if (stream === undefined) throw compound.names.includes('EncryptedPackage') ? encrypted() : notExcel97(compound.names)
  const book = bookOf(stream)
  return {
    kind: 'xls',
    sheets: book.sheets,
    names: book.names,
    epoch: book.epoch,
    async read(sheet, sink) {
      readSheet(stream, book, book.sheets[sheet]?.at ?? 0, sink)
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

const notExcel97 = (names: readonly string[]): Error =>
  names.some((name) => name.toLowerCase() === 'book')
    ? fileErrors.unsupported('it was written by Excel 5 or 95 (BIFF5), which is not read', {
        next: 'Open it with Excel or LibreOffice and save it as .xlsx.',
      })
    : fileErrors.damaged('it is a document of Office, and not a workbook', {
        facts: { streams: names.slice(0, 20) },
        next: 'Ask for the workbook.',
      })

interface Book {
  readonly sheets: (Sheet & { readonly at: number })[]
  readonly names: readonly DefinedName[]
  readonly styles: Styles
  readonly texts: readonly string[]
  readonly epoch: 1900 | 1904
}

function bookOf(stream: Buffer): Book {
  const reader = new BiffReader(stream, 0)
  const sheets: (Sheet & { readonly at: number })[] = []
  const styles = new Styles()
  const named: Buffer[] = []
  let externals: readonly number[] = []
  let texts: readonly string[] = []
  let epoch: 1900 | 1904 = 1900
  while (reader.advance() && reader.id !== biff.endOfSheet) {
    const { id, data } = reader
    if (id === biff.begin) {
      if (data.readUInt16LE(0) !== 0x0600) throw notExcel97(['Book'])
    } else if (id === biff.encrypted) throw encrypted()
    else if (id === biff.epoch) epoch = data.readUInt16LE(0) === 1 ? 1904 : 1900
    else if (id === biff.format) styles.format(data.readUInt16LE(0), new PartsReader([data.subarray(2)]).text())
    else if (id === biff.style) styles.style(data.readUInt16LE(2))
    else if (id === biff.sheet)
      sheets.push({
        name: new PartsReader([data.subarray(8)]).characters(data.readUInt8(6), data.readUInt8(7)),
        isHidden: (data.readUInt8(4) & 3) !== 0,
        hasCells: data.readUInt8(5) === 0,
        at: data.readUInt32LE(0),
      })
    else if (id === biff.sharedTexts) texts = textsOf(reader.parts())
    else if (id === biff.externalSheets) {
      const parts = Buffer.concat(reader.parts())
      externals = Array.from({ length: Math.min(parts.readUInt16LE(0), Math.floor((parts.length - 2) / 6)) }, (_, index) =>
        parts.readInt16LE(4 + index * 6),
      )
    } else if (id === biff.name) named.push(Buffer.from(data))
  }
  return { sheets, names: named.flatMap((data) => nameOf(data, externals)), styles, texts, epoch }
}

function textsOf(parts: readonly Buffer[]): readonly string[] {
  const reader = new PartsReader(parts)
  reader.long()
  const count = reader.long()
  const texts: string[] = []
  // Each takes three bytes and more, so that a count that lies ends with the record.
  for (let index = 0; index < count; index++) texts.push(reader.text())
  return texts
}

/** A name for one range or cell of one sheet: its formula is a single token, ptgArea3d or ptgRef3d. */
function nameOf(data: Buffer, externals: readonly number[]): readonly DefinedName[] {
  const reader = new PartsReader([data.subarray(14)])
  const [length, formulaBytes] = [data.readUInt8(3), data.readUInt16LE(4)]
  const flags = reader.byte()
  const name = reader.characters(length, flags)
  const formula = data.subarray(15 + length * ((flags & 1) + 1)).subarray(0, formulaBytes)
  const token = (formula[0] ?? 0) & 0x1f
  const sheet = formula.length > 2 ? externals[formula.readUInt16LE(1)] : undefined
  if (sheet === undefined || sheet < 0) return []
  if (token === 0x1b && formula.length === 11)
    return [
      {
        name,
        sheet,
        range: {
          top: formula.readUInt16LE(3),
          bottom: formula.readUInt16LE(5),
          left: formula.readUInt16LE(7) & 0x3fff,
          right: formula.readUInt16LE(9) & 0x3fff,
        },
      },
    ]
  if (token !== 0x1a || formula.length !== 7) return []
  const [row, column] = [formula.readUInt16LE(3), formula.readUInt16LE(5) & 0x3fff]
  return [{ name, sheet, range: { top: row, bottom: row, left: column, right: column } }]
}

function readSheet(stream: Buffer, { styles, texts, epoch }: Book, place: number, sink: CellSink): void {
  const reader = new BiffReader(stream, place)
  if (!reader.advance() || reader.id !== biff.begin) throw new RangeError('a sheet does not begin where the workbook says')
  /** Sheets of charts stand within, with a beginning and an end of their own. */
  let depth = 1
  /** The cell of a formula whose text comes in a later record. */
  let awaited: readonly [row: number, column: number] | undefined
  const number = (row: number, column: number, style: number, value: number): void =>
    putNumber(sink, row, column, value, styles.shown(style), epoch)
  const text = (row: number, column: number, value: string): void => {
    if (value !== '') sink.cell(row, column, value, 'text')
  }
  const logical = (row: number, column: number, value: number, isError: boolean): void => {
    if (isError) sink.cell(row, column, errorTexts[value] ?? '#ERROR!', 'error')
    else sink.cell(row, column, value === 0 ? 'false' : 'true', 'boolean')
  }
  while (depth > 0 && reader.advance() && !sink.isDone) {
    const { id, data } = reader
    if (id === biff.begin) depth++
    else if (id === biff.endOfSheet) depth--
    else if (id === biff.merged) {
      const count = Math.min(data.readUInt16LE(0), Math.floor((data.length - 2) / 8))
      for (let at = 2, index = 0; index < count; index++, at += 8)
        sink.merged({
          top: data.readUInt16LE(at),
          bottom: data.readUInt16LE(at + 2),
          left: data.readUInt16LE(at + 4),
          right: data.readUInt16LE(at + 6),
        })
    } else if (id === biff.formulaText) {
      if (awaited !== undefined) text(...awaited, new PartsReader(reader.parts()).text())
      awaited = undefined
    } else if (isCell(id)) putCell(id, data)
  }
  if (depth > 0 && !sink.isDone) throw new RangeError('the sheet has no end')

  function putCell(id: number, data: Buffer): void {
    const [row, column, style] = [data.readUInt16LE(0), data.readUInt16LE(2), data.readUInt16LE(4)]
    switch (id) {
      case biff.number:
        number(row, column, style, data.readDoubleLE(6))
        return
      case biff.rk:
        number(row, column, style, numberOfRk(data.readInt32LE(6)))
        return
      case biff.manyRk:
        for (let at = 4, next = column; at + 8 <= data.length; at += 6, next++)
          number(row, next, data.readUInt16LE(at), numberOfRk(data.readInt32LE(at + 2)))
        return
      case biff.shared: {
        const value = texts[data.readUInt32LE(6)]
        if (value === undefined)
          throw fileErrors.damaged(`row ${row + 1} names a text that the file has not`, { next: 'Ask for the file again.' })
        text(row, column, value)
        return
      }
      case biff.booleanOrError:
        logical(row, column, data.readUInt8(6), data.readUInt8(7) !== 0)
        return
      case biff.formula: {
        if (data.readUInt16LE(12) !== 0xffff) {
          number(row, column, style, data.readDoubleLE(6))
          return
        }
        const kind = data.readUInt8(6)
        if (kind === 0) awaited = [row, column]
        else if (kind === 1 || kind === 2) logical(row, column, data.readUInt8(8), kind === 2)
        else sink.withoutValue(row, column)
        return
      }
      default:
        text(row, column, new PartsReader([data.subarray(6)]).text())
        return
    }
  }
}

const cells: ReadonlySet<number> = new Set([
  biff.number,
  biff.rk,
  biff.manyRk,
  biff.shared,
  biff.booleanOrError,
  biff.formula,
  biff.text,
  biff.richText,
])
const isCell = (id: number): boolean => cells.has(id)
