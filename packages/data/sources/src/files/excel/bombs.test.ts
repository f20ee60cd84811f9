import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { excel } from '@sluice/author'
import { long } from '@sluice/core/testing'
import { openDuckDB } from '@sluice/duckdb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Part, zipOf } from '../bytes/testing/zip.ts'
import { reader } from './reader.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bombs-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const relations = (...each: readonly string[]): Buffer => Buffer.from(`<Relationships>${each.join('')}</Relationships>`)
const book: readonly Part[] = [
  { name: '_rels/.rels', content: relations('<Relationship Id="a" Type="x/officeDocument" Target="xl/workbook.xml"/>') },
  { name: 'xl/_rels/workbook.xml.rels', content: relations('<Relationship Id="b" Type="x/worksheet" Target="sheet.xml"/>') },
  { name: 'xl/workbook.xml', content: Buffer.from('<workbook><sheets><sheet name="S" r:id="b"/></sheets></workbook>') },
]
const workbook = (sheet: string | Buffer, said?: number): Buffer =>
  zipOf([...book, { name: 'xl/sheet.xml', content: Buffer.from(sheet), ...(said === undefined ? {} : { said }) }])
const cell = (text: string): string =>
  `<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>${text}</t></is></c></row></sheetData></worksheet>`

async function read(bytes: Buffer): Promise<unknown> {
  const path = join(folder, 'bomb.xlsx')
  writeFileSync(path, bytes)
  const duckdb = await openDuckDB()
  try {
    await using open = await reader.open(await duckdb.connect(), { path, name: 'bomb.xlsx', bytes: bytes.length }, excel(), {
      workFolder: folder,
    })
    return await (await duckdb.connect()).rows(open.rows)
  } finally {
    duckdb.close()
  }
}

test('a sheet that is what it says is read', async () => {
  expect(await read(workbook(cell('a &lt; b')))).toEqual([])
  expect(await read(workbook('<worksheet><sheetData><row><c><v>1.50</v></c></row></sheetData></worksheet>'))).toEqual([{ column_1: '1.5' }])
})

test('a workbook that becomes hundreds of times as large is refused by its directory', async () => {
  await expect(read(workbook(cell('x'), 300_000_000))).rejects.toMatchObject({
    code: 'file.limit',
    message: expect.stringContaining('when they are unpacked'),
  })
})

test('a part that becomes more than its directory says is damaged', async () => {
  await expect(read(workbook(cell('x'.repeat(1_000_000)), 1_000))).rejects.toMatchObject({
    code: 'file.damaged',
    message: expect.stringContaining('xl/sheet.xml is not what the directory of the file says'),
  })
})

test('a cell of millions of characters is refused, and a sheet without its end is damaged', async () => {
  await expect(read(workbook(cell('x'.repeat(20_000_000))))).rejects.toMatchObject({ code: 'file.limit' })
  await expect(read(workbook(cell('x').replace('</row>', '')))).rejects.toMatchObject({ code: 'file.damaged' })
  await expect(read(workbook(cell('x').slice(0, -4)))).rejects.toMatchObject({ code: 'file.damaged' })
})

test('a dimension that lies changes nothing', async () => {
  const rows = '<sheetData><row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c><c><v>4</v></c></row></sheetData>'
  for (const ref of ['A1:XFD1048576', 'A1', 'Z99:B2', 'nonsense', `A1:XFD${'9'.repeat(400)}`])
    expect(await read(workbook(`<worksheet><dimension ref="${ref}"/>${rows}</worksheet>`)), ref).toEqual([
      { column_1: '1', column_2: '2' },
      { column_1: '3', column_2: '4' },
    ])
})

test('a sheet with a document type is refused, whatever its entities are', async () => {
  const bomb = '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
  for (const doctype of [`<!DOCTYPE worksheet [${bomb}]>`, '<!DOCTYPE worksheet SYSTEM "file:///etc/passwd">', '<!DOCTYPE worksheet>'])
    await expect(read(workbook(`${doctype}${cell('&b;')}`))).rejects.toMatchObject({
      code: 'file.damaged',
      message: expect.stringContaining('document type'),
    })
  await expect(read(workbook(cell('&b;')))).rejects.toMatchObject({ code: 'file.damaged' })
})

test.runIf(long)('a workbook with a million shared texts is read', async () => {
  const count = 1_000_000
  const shared = Array.from({ length: count }, (_, at) => `<si><t>text ${at}</t></si>`).join('')
  const rows = Array.from({ length: count }, (_, at) => `<row><c t="s"><v>${count - 1 - at}</v></c></row>`).join('')
  const parts = book.map((part) =>
    part.name === 'xl/_rels/workbook.xml.rels'
      ? {
          ...part,
          content: relations(
            '<Relationship Id="b" Type="x/worksheet" Target="sheet.xml"/>',
            '<Relationship Id="c" Type="x/sharedStrings" Target="sharedStrings.xml"/>',
          ),
        }
      : part,
  )
  const found = (await read(
    zipOf([
      ...parts,
      { name: 'xl/sharedStrings.xml', content: Buffer.from(`<sst>${shared}</sst>`) },
      { name: 'xl/sheet.xml', content: Buffer.from(`<worksheet><sheetData>${rows}</sheetData></worksheet>`) },
    ]),
  )) as readonly Readonly<Record<string, string>>[]
  expect(found.length).toBeGreaterThanOrEqual(count - 1)
  expect(Object.values(found.at(-1) ?? {})).toEqual(['text 0'])
})
