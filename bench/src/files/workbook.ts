import { writeFile } from 'node:fs/promises'
import { bigint, boolean, type Columns, date, decimal, integer, text, timestamp } from '@sluice/author'
import { zipOf } from '@sluice/sources/testing/zip'

const columns = 20

/** Whole numbers, texts that many cells share and texts of their own, decimals, days and times, truths. */
export const workbookColumns: Columns = Object.fromEntries(
  Array.from({ length: columns }, (_, column) => [
    `column_${column}`,
    [bigint(), text(), decimal(12, 2), column === 3 ? date() : timestamp(), column === 4 ? boolean() : integer()][column % 5] ?? text(),
  ]),
)

/** A workbook as Excel writes it: shared texts, styles of days, a reference at each cell and row. */
export async function writeWorkbook(path: string, rows: number): Promise<void> {
  const texts = new Map<string, number>()
  const shared = (value: string): number => {
    const known = texts.get(value) ?? texts.size
    texts.set(value, known)
    return known
  }
  const header = Array.from({ length: columns }, (_, column) => `<c r="${letters[column]}1" t="s"><v>${shared(`column_${column}`)}</v></c>`)
  const lines = [`<row r="1">${header.join('')}</row>`]
  for (let row = 0; row < rows; row++) lines.push(rowOf(row, shared))
  const sheet = `${head}<worksheet ${main}><sheetData>${lines.join('')}</sheetData></worksheet>`
  const list = [...texts.keys()].map((each) => `<si><t>${each}</t></si>`)
  await writeFile(
    path,
    zipOf(
      Object.entries({
        '[Content_Types].xml': `${head}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
        '_rels/.rels': relations('officeDocument', 'xl/workbook.xml'),
        'xl/workbook.xml': `${head}<workbook ${main} xmlns:r="x"><sheets><sheet name="Orders" sheetId="1" r:id="rId0"/></sheets></workbook>`,
        'xl/_rels/workbook.xml.rels': relations('worksheet', 'sheet.xml', 'sharedStrings', 'shared.xml', 'styles', 'styles.xml'),
        'xl/styles.xml': `${head}<styleSheet ${main}><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs></styleSheet>`,
        'xl/shared.xml': `${head}<sst ${main}>${list.join('')}</sst>`,
        'xl/sheet.xml': sheet,
      }).map(([name, content]) => ({ name, content: Buffer.from(content) })),
    ),
  )
}

const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
const letters = 'ABCDEFGHIJKLMNOPQRST'

function rowOf(row: number, shared: (value: string) => number): string {
  const place = row + 2
  const cells = Array.from({ length: columns }, (_, column) => {
    const at = `<c r="${letters[column]}${place}"`
    switch (column % 5) {
      case 0:
        return `${at}><v>${row * (column + 1)}</v></c>`
      case 1:
        return `${at} t="s"><v>${shared(column === 1 ? `Customer &amp; sons ${row}` : `place ${(row * column) % 1_000}`)}</v></c>`
      case 2:
        return `${at}><v>${((row % 100_000) + column * 100) / 100}</v></c>`
      case 3:
        return column === 3 ? `${at} s="1"><v>${43_831 + (row % 2_000)}</v></c>` : `${at} s="2"><v>${43_831 + (row % 5_000) / 48}</v></c>`
      default:
        return column === 4 ? `${at} t="b"><v>${row % 2}</v></c>` : `${at}><v>${row % 50}</v></c>`
    }
  })
  return `<row r="${place}">${cells.join('')}</row>`
}

/** @param each type and target, in turns */
function relations(...each: readonly string[]): string {
  const list = each.flatMap((type, at) =>
    at % 2 === 0 ? [`<Relationship Id="rId${at / 2}" Type="x/${type}" Target="${each[at + 1]}"/>`] : [],
  )
  return `${head}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${list.join('')}</Relationships>`
}
