import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { long, type Random, seeded, seedOfRun } from '@sluice/core/testing'
import { openDuckDB } from '@sluice/duckdb'
import { afterAll, expect, test } from 'vitest'
import { zipOf } from '../bytes/testing/zip.ts'
import { createRowsFile } from '../isolated/rows/rows-file.ts'
import { parse } from './parse.ts'
import { cellName } from './references.ts'

const folder = mkdtempSync(join(tmpdir(), 'excel-random-'))
const duckdb = await openDuckDB({ threads: 1 })
const connection = await duckdb.connect()
afterAll(() => {
  duckdb.close()
  rmSync(folder, { recursive: true })
})

/** A cell without its place: attributes, what stands in it, and what is read. `xml: undefined`: it is not written. */
interface Cell {
  readonly attributes: string
  readonly xml: string | undefined
  readonly read: string | null
}

const dayMs = 86_400_000
/** The styles of cells: 0 as it is, 1 a day, 2 a day and a time. */
const styles = '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs></styleSheet>'

function cellsOf({ integer, pick, chance }: Random, epoch: 1900 | 1904, shared: string[]) {
  const letters = ['a', 'Z', '0', ' ', 'é', '日', '😀', '&', '<', '>', '"', "'", '\n', '\t', ',', '_', ']'] as const
  const text = (): string => `x${Array.from({ length: integer(8) }, () => pick(letters)).join('')}`
  const escaped = (value: string): string => {
    const some = (character: string): string => (chance(0.2) ? `&#${character.codePointAt(0)};` : character)
    return [...value].map((each) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[each] ?? some(each)).join('')
  }
  /** Runs of one text may be formatted apart. */
  const runs = (value: string): string => {
    const at = integer(value.length + 1)
    // A character of two halves is not cut.
    const cut = /[\ud800-\udbff]$/.test(value.slice(0, at)) ? at - 1 : at
    const t = (piece: string): string => `<t xml:space="preserve">${escaped(piece)}</t>`
    return chance(0.3) ? `<r><rPr><b/></rPr>${t(value.slice(0, cut))}</r><r>${t(value.slice(cut))}</r>` : t(value)
  }
  const formula = (): string => (chance(0.3) ? '<f>A1 &amp; "&lt;"</f>' : '')
  const none = (): Cell => ({ attributes: ' s="1"', xml: chance(0.5) ? undefined : '', read: null })
  const strings = (): Cell => {
    const value = text()
    const way = integer(3)
    if (way === 0) {
      const at = shared.push(`<si>${runs(value)}<rPh><t>not read</t></rPh></si>`) - 1
      return { attributes: ' t="s"', xml: `<v>${at}</v>`, read: value }
    }
    if (way === 1) return { attributes: ' t="inlineStr"', xml: `<is>${runs(value)}</is>`, read: value }
    return { attributes: ' t="str"', xml: `${formula()}<v>${escaped(value)}</v>`, read: value }
  }
  const numbers = (): Cell => {
    const value = pick([
      () => integer(1_000),
      () => -integer(1_000_000_000),
      () => Number(`${integer(9) + 1}${String(integer(1_000_000_000)).padStart(9, '0')}${String(integer(100_000)).padStart(5, '0')}`),
      () => integer(1_000_000_000) / 100,
      () => 0.1 + integer(1_000) / 10,
      () => (integer(1_000_000) + 1) * 10 ** (integer(200) - 100),
      () => -1 / (1 + integer(1_000)),
    ])()
    // Excel writes 17 digits, others a fraction of zeros.
    const spelled = pick([String(value), value.toPrecision(17), value.toExponential(), Number.isInteger(value) ? `${value}.0` : `${value}`])
    // A number that JavaScript spells with an exponent has none with a fraction behind it.
    const sound = /e.*[.]/.test(spelled) ? String(value) : spelled
    // Of more digits than a double has, the nearest double is read, as Excel does.
    const digits = `${1 + integer(9)}${Array.from({ length: 15 + integer(5) }, () => integer(10)).join('')}`
    if (chance(0.1)) return { attributes: '', xml: `<v>${digits}</v>`, read: String(Number(digits)) }
    return { attributes: chance(0.5) ? ' t="n"' : '', xml: `${formula()}<v>${sound}</v>`, read: String(value) }
  }
  const days = (): Cell => {
    const first = epoch === 1900 ? Date.UTC(1899, 11, 30) : Date.UTC(1904, 0, 1)
    // Before March of 1900 Excel counts a day that never was.
    const serial = 61 + integer(100_000)
    return { attributes: ' s="1"', xml: `<v>${serial}</v>`, read: new Date(first + serial * dayMs).toISOString().slice(0, 10) }
  }
  const times = (): Cell => {
    const first = epoch === 1900 ? Date.UTC(1899, 11, 30) : Date.UTC(1904, 0, 1)
    const ms = (61 + integer(60_000)) * dayMs + integer(86_400) * 1_000
    return { attributes: ' s="2"', xml: `<v>${ms / dayMs}</v>`, read: new Date(first + ms).toISOString().slice(0, 19) }
  }
  const truths = (): Cell => {
    const is = chance(0.5)
    return { attributes: ' t="b"', xml: `<v>${is ? 1 : 0}</v>`, read: String(is) }
  }
  const errors = (): Cell => {
    const error = pick(['#N/A', '#DIV/0!', '#REF!', '#NAME?'])
    return { attributes: ' t="e"', xml: `<v>${error}</v>`, read: error }
  }
  const kinds = [strings, numbers, days, times, truths, errors, none] as const
  return { any: () => pick(kinds)(), of: pick(kinds) }
}

function workbookOf(
  random: Random,
  rows: readonly (readonly Cell[])[],
  shared: readonly string[],
  epoch: 1900 | 1904,
  columns: number,
): Buffer {
  const { chance, pick } = random
  const prefix = chance(0.2) ? 'x:' : ''
  // Places may be left out where nothing was.
  const isPlaced = chance(0.7)
  const cell = ({ attributes, xml }: Cell, row: number, column: number): string => {
    if (xml === undefined) return isPlaced ? '' : '<c/>'
    const place = isPlaced ? ` r="${cellName(row, column)}"` : ''
    return `<c${place}${attributes}>${xml}</c>${pick(['', '', '\n', '<!-- a -->'])}`
  }
  const names = Array.from(
    { length: columns },
    (_, at): Cell => ({ attributes: ' t="inlineStr"', xml: `<is><t>h${at}</t></is>`, read: `h${at}` }),
  )
  const data = [names, ...rows]
    .map((cells, row) => `<row${isPlaced ? ` r="${row + 1}"` : ''}>${cells.map((each, column) => cell(each, row, column)).join('')}</row>`)
    .join('')
  const prefixed = (xml: string): string =>
    prefix === '' ? xml : xml.replaceAll(/<(\/?)(worksheet|sheetData|row|c|v|is|t|r|f|rPr|b)(?=[\s/>])/g, `<$1${prefix}$2`)
  const relation = (id: string, type: string, target: string): string => `<Relationship Id="${id}" Type="x/${type}" Target="${target}"/>`
  const part = (name: string, text: string) => ({ name, content: Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${text}`) })
  return zipOf([
    part('_rels/.rels', `<Relationships>${relation('a', 'officeDocument', 'xl/workbook.xml')}</Relationships>`),
    part(
      'xl/_rels/workbook.xml.rels',
      `<Relationships>${relation('b', 'worksheet', 'sheet.xml')}${relation('c', 'sharedStrings', 'texts.xml')}${relation('d', 'styles', 'styles.xml')}</Relationships>`,
    ),
    part(
      'xl/workbook.xml',
      `<workbook><workbookPr${epoch === 1904 ? ' date1904="1"' : ''}/><sheets><sheet name="S" r:id="b"/></sheets></workbook>`,
    ),
    part('xl/texts.xml', `<sst>${shared.join('')}</sst>`),
    part('xl/styles.xml', styles),
    part('xl/sheet.xml', prefixed(`<worksheet><sheetData>${data}</sheetData></worksheet>`)),
  ])
}

test('cells of random kinds come back as they were written, numbers to the last digit', async () => {
  const random = seeded(seedOfRun())
  const { integer, chance, pick } = random
  for (let round = 0; round < (long ? 1_000 : 40); round++) {
    const epoch = pick([1900, 1904] as const)
    const shared: string[] = []
    const columns = 1 + integer(6)
    const isMixed = chance(0.5)
    const kinds = Array.from({ length: columns }, () => cellsOf(random, epoch, shared))
    const rows = Array.from({ length: 1 + integer(20) }, () => kinds.map(({ any, of }) => (isMixed ? any() : of())))
    const file = workbookOf(random, rows, shared, epoch, columns)
    const path = join(folder, 'file.xlsx')
    writeFileSync(path, file)
    const pathOf = (name: string): string => join(folder, `${round}-${name}`)
    const shown = `SLUICE_SEED=${seedOfRun()} round ${round}`
    const parsed = await parse({
      path,
      bytes: file.length,
      task: { sheet: null, range: null, header: true, most: null },
      createRows: (name) => createRowsFile({ path: pathOf(name) }),
    })
    expect(
      parsed.columns.map(({ name }) => name),
      shown,
    ).toEqual(Array.from({ length: columns }, (_, at) => `h${at}`))
    const list = parsed.columns.map(({ value, text }) => `coalesce(${value ?? 'NULL'}, ${text ?? 'NULL'})::VARCHAR`).join(', ')
    const read = await connection.rows(`SELECT c0 AS line, [${list}] AS cells FROM read_parquet('${pathOf(parsed.file)}') ORDER BY c0`)
    const written = rows
      .map((cells, at) => [at + 2, cells.map((cell) => cell.read)] as const)
      .filter(([, cells]) => cells.some((cell) => cell !== null))
    expect(
      read.map(({ line, cells }) => [Number(line), cells]),
      shown,
    ).toEqual(written)
  }
})
