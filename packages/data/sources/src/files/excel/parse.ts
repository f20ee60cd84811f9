import { given, type Json } from '@sluice/core'
import { fileErrors } from '../../errors.ts'
import type { Parse } from '../isolated/parser.ts'
import type { RowsColumn } from '../isolated/rows/column.ts'
import type { RowsFile } from '../isolated/rows/rows-file.ts'
import type { MergedRanges } from './merged.ts'
import { openWorkbook } from './open-workbook.ts'
import { cellName, rangeName, rangeOf } from './references.ts'
import { type Counts, type SheetRow, SheetRows, textAt } from './sheet-rows.ts'
import { type CellKind, mostColumns, mostRows, type Range, type Workbook } from './workbook.ts'

export type ExcelTask = {
  readonly sheet: string | number | null
  readonly range: string | null
  readonly header: boolean | readonly string[] | null
  /** Rows after which it is enough; `null` for all. */
  readonly most: number | null
}

export type ParsedColumn = {
  /** As the header has it; empty where it has none. */
  readonly name: string
  /** Its place in the sheet, from 0. */
  readonly column: number
  /** Columns of the file of rows: what Excel holds as a value of its own, and texts. */
  readonly value: string | null
  readonly text: string | null
  readonly holds: Readonly<Record<string, number>>
}

export type ParsedSheet = {
  readonly found: Readonly<Record<string, Json>>
  readonly columns: readonly ParsedColumn[]
  readonly rows: number
  /** The file of rows. */
  readonly file: string
}

/** Column of the file of rows that has the number of the row in the sheet, from 1. */
export const rowNumber = 'c0'

export const parse: Parse<ExcelTask, ParsedSheet> = async ({ path, bytes, task, createRows }) => {
  await using book = await openWorkbook(path, bytes)
  const place = placeIn(book, task)
  const first = await readSheet(book, place, task, createRows('rows'), undefined)
  // Merged ranges are known behind the cells: those that they hide are left out by reading once more.
  const { merges } = first.rows
  const read = merges.count === 0 ? first : await readSheet(book, place, task, createRows('shown'), merges)
  const { rows, columns, headerRow } = read
  return {
    found: foundOf(book, place, headerRow, rows.counts, columns),
    columns,
    rows: rows.counts.rows,
    file: read === first ? 'rows' : 'shown',
  }
}

interface SheetRead {
  readonly rows: SheetRows
  readonly columns: readonly ParsedColumn[]
  readonly headerRow: number | undefined
}

async function readSheet(
  book: Workbook,
  { sheet, range }: Place,
  task: ExcelTask,
  file: RowsFile,
  hidden: MergedRanges | undefined,
): Promise<SheetRead> {
  const columns = new SheetColumns(file, task.header)
  let headerRow: number | undefined
  const rows = new SheetRows({
    ...given({ range, hidden }),
    ...(task.header === null ? {} : { header: task.header === true }),
    most: task.most ?? Number.POSITIVE_INFINITY,
    onHeader(header, looked) {
      headerRow = header?.row
      columns.begin(header, looked, range)
    },
    onRow: (row) => columns.put(row),
  })
  await book.read(sheet, rows)
  rows.end()
  file.close()
  return { rows, columns: columns.all(), headerRow }
}

interface Place {
  readonly sheet: number
  readonly range: Range | undefined
}

function placeIn(book: Workbook, task: ExcelTask): Place {
  const list = book.sheets.map(({ name }) => name)
  const told = list.slice(0, 50).join(', ')
  const name = task.range === null || rangeOf(task.range) !== undefined ? undefined : task.range
  const meant = book.names.filter((each) => each.name.toLowerCase() === name?.toLowerCase())
  if (name !== undefined && meant.length === 0)
    throw fileErrors.missing(`it has no range that is named ${name}`, {
      facts: { range: name, names: book.names.slice(0, 50).map((each) => each.name) },
      next: `Name one of its ranges (${
        book.names
          .slice(0, 50)
          .map((each) => each.name)
          .join(', ') || 'it has none'
      }), or cells, such as B3:F200.`,
    })
  const sheet =
    task.sheet === null
      ? (meant[0]?.sheet ?? book.sheets.findIndex(({ isHidden, hasCells }) => !isHidden && hasCells))
      : sheetNamed(list, task.sheet)
  const chosen = book.sheets[sheet]
  if (chosen === undefined)
    throw fileErrors.missing(task.sheet === null ? 'it has no visible sheet with cells' : `it has no sheet ${JSON.stringify(task.sheet)}`, {
      facts: { sheet: task.sheet, sheets: list.slice(0, 50) },
      next: `Name one of its sheets: ${told}.`,
    })
  if (!chosen.hasCells)
    throw fileErrors.unsupported(`its sheet ${chosen.name} is a chart, a dialog or a macro, which has no cells`, {
      next: `Name another of its sheets: ${told}.`,
    })
  if (name === undefined) return { sheet, range: task.range === null ? undefined : rangeOf(task.range, { isOpen: true }) }
  const here = meant.find((each) => each.sheet === sheet)
  if (here === undefined)
    throw fileErrors.missing(`the range ${name} is not on its sheet ${chosen.name}`, {
      facts: { range: name, sheet: chosen.name },
      next: `Leave out the sheet, or name ${list[meant[0]?.sheet ?? 0]}.`,
    })
  return { sheet, range: here.range }
}

function sheetNamed(names: readonly string[], sheet: string | number): number {
  if (typeof sheet === 'number') return sheet - 1
  const exact = names.indexOf(sheet)
  return exact >= 0 ? exact : names.findIndex((name) => name.trim().toLowerCase() === sheet.trim().toLowerCase())
}

/** The columns of a sheet, in the order in which they stand; each gets a place in the file of rows when its first cell comes. */
class SheetColumns {
  readonly #file: RowsFile
  readonly #row: RowsColumn
  readonly #given: readonly string[]
  /** By their place in the sheet. */
  readonly #known: (SheetColumn | undefined)[] = []
  #left = 0
  #count = 1

  constructor(file: RowsFile, header: ExcelTask['header']) {
    this.#file = file
    this.#row = file.addColumn('row', 'BIGINT')
    this.#given = typeof header === 'object' && header !== null ? header : []
  }

  /** Columns that are named, that the range has, or that one of the first rows uses. */
  begin(header: SheetRow | undefined, looked: readonly SheetRow[], range: Range | undefined): void {
    const used = looked.flatMap(({ columns }) => columns)
    this.#left = range?.left ?? used.reduce((least, column) => Math.min(least, column), Number.POSITIVE_INFINITY)
    if (!Number.isFinite(this.#left)) this.#left = 0
    const given = this.#given.map((_, index) => this.#left + index)
    for (const column of new Set([...given, ...used].toSorted((a, b) => a - b))) {
      const named = header === undefined ? undefined : textAt(header, column)?.trim()
      this.#known[column] = { name: this.#given[column - this.#left] ?? named ?? '', column, holds: {} }
    }
  }

  put({ row, columns, texts, kinds }: SheetRow): void {
    const { at } = this.#file
    this.#row.whole(at, row + 1)
    for (let index = 0; index < columns.length; index++) {
      const [place, text, kind] = [columns[index] ?? 0, texts[index] ?? '', kinds[index] ?? 'text']
      const column = this.#known[place] ?? this.#add(place)
      column.holds[kind] = (column.holds[kind] ?? 0) + 1
      const side = kind === 'text' ? 'text' : 'value'
      column[side] ??= { name: `c${this.#count++}`, rows: this.#file.addColumn(`${place} ${side}`, 'VARCHAR') }
      column[side].rows.text(at, text)
    }
    this.#file.endRow()
  }

  #add(column: number): SheetColumn {
    const added: SheetColumn = { name: '', column, holds: {} }
    this.#known[column] = added
    return added
  }

  all(): readonly ParsedColumn[] {
    return this.#known
      .filter((each) => each !== undefined)
      .map(({ name, column, value, text, holds }) => ({ name, column, value: value?.name ?? null, text: text?.name ?? null, holds }))
  }
}

interface SheetColumn {
  readonly name: string
  readonly column: number
  readonly holds: Partial<Record<CellKind, number>>
  value?: { readonly name: string; readonly rows: RowsColumn }
  text?: { readonly name: string; readonly rows: RowsColumn }
}

const shownRange = (range: Range): string =>
  range.bottom === mostRows - 1 && range.right === mostColumns - 1 ? cellName(range.top, range.left) : rangeName(range)

function foundOf(
  book: Workbook,
  { sheet, range }: Place,
  headerRow: number | undefined,
  counts: Counts,
  columns: readonly ParsedColumn[],
): Readonly<Record<string, Json>> {
  const hidden = book.sheets.filter(({ isHidden }) => isHidden).map(({ name }) => name)
  const strange = columns.reduce((sum, { holds }) => sum + (holds.error ?? 0), 0)
  return {
    workbook: book.kind,
    sheet: book.sheets[sheet]?.name ?? '',
    sheets: book.sheets.slice(0, 100).map(({ name }) => name),
    ...(hidden.length === 0 ? {} : { hiddenSheets: hidden.slice(0, 100) }),
    ...(range === undefined ? {} : { range: shownRange(range) }),
    // By which the table is declared to begin there.
    ...(counts.titleRows === 0 || headerRow === undefined ? {} : { range: cellName(headerRow, 0), titleRows: counts.titleRows }),
    header: headerRow === undefined ? false : headerRow + 1,
    daysSince: book.epoch,
    ...(counts.blankRows === 0 ? {} : { blankRows: counts.blankRows }),
    ...(counts.mergedRanges === 0 ? {} : { mergedRanges: counts.mergedRanges }),
    ...(counts.hiddenCells === 0 ? {} : { hiddenCells: counts.hiddenCells }),
    ...(strange === 0 ? {} : { errorCells: counts.errors }),
    ...(counts.formulasWithoutValue === 0
      ? {}
      : { formulasWithoutValue: counts.formulasWithoutValue, firstWithoutValue: counts.firstWithoutValue ?? '' }),
  }
}
