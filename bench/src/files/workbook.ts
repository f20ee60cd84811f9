import { writeFile } from 'node:fs/promises'
import { crc32, deflateRawSync } from 'node:zlib'
import { bigint, boolean, type Columns, date, decimal, integer, text, timestamp } from '@sluice/author'

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
    zipOf({
      '[Content_Types].xml': `${head}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
      '_rels/.rels': relations('officeDocument', 'xl/workbook.xml'),
      'xl/workbook.xml': `${head}<workbook ${main} xmlns:r="x"><sheets><sheet name="Orders" sheetId="1" r:id="rId0"/></sheets></workbook>`,
      'xl/_rels/workbook.xml.rels': relations('worksheet', 'sheet.xml', 'sharedStrings', 'shared.xml', 'styles', 'styles.xml'),
      'xl/styles.xml': `${head}<styleSheet ${main}><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs></styleSheet>`,
      'xl/shared.xml': `${head}<sst ${main}>${list.join('')}</sst>`,
      'xl/sheet.xml': sheet,
    }),
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

function zipOf(parts: Readonly<Record<string, string>>): Buffer {
  const [locals, directory]: [Buffer[], Buffer[]] = [[], []]
  let place = 0
  for (const [name, content] of Object.entries(parts)) {
    const plain = Buffer.from(content)
    const packed = deflateRawSync(plain)
    const said = Buffer.alloc(26)
    said.writeUInt16LE(20, 0)
    said.writeUInt16LE(8, 4)
    said.writeUInt32LE(crc32(plain), 10)
    said.writeUInt32LE(packed.length, 14)
    said.writeUInt32LE(plain.length, 18)
    said.writeUInt16LE(name.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), said, Buffer.from(name), packed])
    const end = Buffer.alloc(14)
    end.writeUInt32LE(place, 10)
    directory.push(Buffer.from('PK\x01\x02'), Buffer.of(20, 0), said, end, Buffer.from(name))
    locals.push(local)
    place += local.length
  }
  const listed = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(locals.length, 4)
  end.writeUInt16LE(locals.length, 6)
  end.writeUInt32LE(listed.length, 8)
  end.writeUInt32LE(place, 12)
  return Buffer.concat([...locals, listed, Buffer.from('PK\x05\x06'), end])
}
