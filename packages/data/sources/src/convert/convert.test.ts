import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { csv } from '@sluice/author'
import { localStore, openTable } from '@sluice/delta'
import { type DuckConnection, type DuckDB, openDuckDB } from '@sluice/duckdb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { zipOf } from '../files/bytes/testing/zip.ts'
import { convertFile } from './convert-file.ts'
import { declarationOf } from './declaration.ts'
import { otherSheets } from './propose.ts'
import { typeOf } from './propose-types.ts'
import { sniffFile } from './sniff-file.ts'
import { targetOf } from './target.ts'

let folder: string
let duckdb: DuckDB
let connection: DuckConnection
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice converted '))
  duckdb = await openDuckDB({ threads: 1 })
  connection = await duckdb.connect()
})
afterAll(async () => {
  duckdb.close()
  await rm(folder, { recursive: true, force: true })
})

const orders = `Order ID;placed on;total;paid;zip;note
1;2026-01-31;1234567890123456.10;true;01234;"a; ""b""
c"
2;2026-02-01;-0.5;false;99999;
9007199254740993;2026-02-02;7;true;00001;é
`
const put = async (name: string, text: string | Uint8Array): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

test('a look at a file says what it is, its types, its first rows, and what to declare', async () => {
  const sniffed = await sniffFile(await put('orders_2026-01.csv', orders))
  expect(sniffed).toMatchObject({ format: 'csv', detected: { delimiter: ';' }, refused: 0, told: [] })
  expect(sniffed.columns).toMatchObject([
    { name: 'Order ID', type: 'bigint' },
    { name: 'placed on', type: 'date' },
    { name: 'total', type: 'decimal(18, 2)' },
    { name: 'paid', type: 'boolean' },
    { name: 'zip', type: 'text' },
    { name: 'note', type: 'text' },
  ])
  expect(sniffed.rows[0]).toEqual({
    'Order ID': '1',
    'placed on': '2026-01-31',
    total: '1234567890123456.10',
    paid: 'true',
    zip: '01234',
    note: 'a; "b"\nc',
  })
  expect(sniffed.declaration).toContain(
    "fileSource({ name: 'orders', folder: 'inbox', pattern: 'orders_*.csv', format: csv({ delimiter: ';' }) })",
  )
  expect(sniffed.declaration).toContain('    total: decimal(18, 2),\n')
  expect(sniffed.declaration).toContain('order_id: bigint(),')
})

test('numbers and days by the conventions of people are seen, and what may mean two things is told', async () => {
  const sniffed = await sniffFile(await put('people.csv', 'a;b;c;d\n1.249,50 €;25/11/2026;03/04/2026;x\n2,5;26/11/2026;05/06/2026;7\n'))
  expect(sniffed.columns.map(({ type }) => type)).toEqual(['decimal(18, 2)', 'date', 'text', 'text'])
  expect(sniffed.told).toEqual([expect.stringContaining('"03/04/2026" may be 2026-04-03 or 2026-03-04')])
  const clear = await sniffFile(await put('clear.csv', 'a;b\n1.249,50 €;25/11/2026\n2,5;26/11/2026\n'))
  expect(clear).toMatchObject({
    columns: [{ type: 'decimal(18, 2)' }, { type: 'date' }],
    detected: { dates: { b: 'dd/MM/yyyy' } },
    told: [],
  })
})

const expected = [
  { id: '1', total: '1234567890123456.10', paid: 'true', zip: '01234', note: 'a; "b"\nc' },
  { id: '2', total: '-0.50', paid: 'false', zip: '99999', note: null },
  { id: '9007199254740993', total: '7.00', paid: 'true', zip: '00001', note: 'é' },
]
const asTexts = `SELECT "Order ID"::VARCHAR AS id, total::VARCHAR AS total, paid::VARCHAR AS paid, zip, note`

test.each([
  ['orders.parquet', (path: string) => `${asTexts} FROM read_parquet('${path}')`],
  ['orders.csv.csv', (path: string) => `${asTexts} FROM read_csv('${path}', all_varchar = true, allow_quoted_nulls = false)`],
  [
    'orders.jsonl',
    (path: string) =>
      `${asTexts} FROM read_json('${path}', columns = {"Order ID": 'VARCHAR', total: 'VARCHAR', paid: 'VARCHAR', zip: 'VARCHAR', note: 'VARCHAR'})`,
  ],
])('a CSV becomes %s with all digits', async (name, select) => {
  const path = join(folder, name)
  const done = await convertFile(await put('orders.csv', orders), path)
  expect(done).toMatchObject({
    rowsIn: 3,
    rowsWritten: 3,
    rowsQuarantined: 0,
    quarantine: null,
    detected: { format: 'csv', delimiter: ';' },
  })
  expect(await connection.rows(select(path))).toEqual(expected)
  expect((await readdir(folder)).filter((each) => each.startsWith('.'))).toEqual([])
})

test('a CSV becomes a Delta table', async () => {
  const path = join(folder, 'orders_table')
  await convertFile(await put('orders.csv', orders), path)
  const table = await openTable(localStore(path), { connection: connection.raw })
  expect(
    await connection.rows(`${asTexts} FROM (${await (await table.snapshot()).scanSql()}) ORDER BY length("Order ID"::VARCHAR), 1`),
  ).toEqual(expected)
})

const ventes =
  'Date;Client;Montant\n31/12/2026;Éric;1 234,50 €\n01/02/2026;Zoé;12,00 €\n03/02/2026;Léa;abc\n04/02/2026;court\n05/02/2026;Max;7,5 €\n'
const inWindows1252 = (text: string): Buffer => Buffer.from(text.replaceAll('€', '\x80'), 'latin1')

test('the conventions of a file are found, told with what does not fit them, and pinned in the declaration', async () => {
  const sniffed = await sniffFile(await put('ventes.csv', inWindows1252(ventes)))
  expect(sniffed.columns).toEqual([
    { name: 'Date', type: 'date', values: 4, fit: 4, examples: ['31/12/2026', '01/02/2026', '03/02/2026'], misfits: [] },
    { name: 'Client', type: 'text', values: 4, fit: 4, examples: ['Éric', 'Zoé', 'Léa'], misfits: [] },
    {
      name: 'Montant',
      type: 'decimal(18, 2)',
      values: 4,
      fit: 3,
      examples: ['1 234,50 €', '12,00 €', 'abc'],
      misfits: [{ line: 4, value: 'abc', reason: 'Montant is not a decimal(18,2)' }],
    },
  ])
  expect(sniffed.refused).toBe(1)
  expect(sniffed.refusedRecords).toMatchObject([{ line: 5, text: '04/02/2026;court' }])
  expect(sniffed.declaration).toContain("csv({ delimiter: ';', encoding: 'windows-1252', decimal: ',', dates: 'dd/MM/yyyy' })")
})

test('what may mean two things is said, and stays text', async () => {
  const path = await put('two.csv', 'id,d,n\n1,03/04/2026,1.234\n2,05/06/2026,2.345\n')
  const { columns, told } = await sniffFile(path)
  expect(columns.map(({ type }) => type)).toEqual(['integer', 'text', 'text'])
  expect(told).toEqual([
    expect.stringMatching(/"03\/04\/2026" may be 2026-04-03 or 2026-03-04, .* It stays text\. .*'d\/M\/yyyy'.*'M\/d\/yyyy'/),
    expect.stringMatching(/"1\.234" may be 1234 or 1\.234, .* It stays text/),
  ])
  const declared = await sniffFile(path, { known: { dates: 'M/d/yyyy', decimal: '.' } })
  expect(declared.columns.map(({ type }) => type)).toEqual(['integer', 'date', 'decimal(18, 3)'])
  expect(declared.told).toEqual([])
})

test('a column is of the type that all of its values have; else it stays text as it is, which is told', async () => {
  const [from, to] = [await put('ventes.csv', inWindows1252(ventes)), join(folder, 'ventes.csv.csv')]
  expect(await convertFile(from, to)).toMatchObject({
    rowsIn: 5,
    rowsWritten: 4,
    rowsQuarantined: 1,
    columns: [{ type: 'date' }, { type: 'varchar' }, { type: 'varchar' }],
    told: [`"Montant" stays text: 3 of 4 values are decimal(18, 2), the others are not. sluice sources sniff '${from}' names them.`],
  })
  expect(await readFile(to, 'utf8')).toBe(
    'Date,Client,Montant\n2026-12-31,Éric,"1 234,50 €"\n2026-02-01,Zoé,"12,00 €"\n2026-02-03,Léa,abc\n2026-02-05,Max,"7,5 €"\n',
  )
  const lines = (await readFile(`${to}.quarantine.jsonl`, 'utf8')).trim().split('\n')
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { line: 5, rule: 'record(few)', cells: { line: '04/02/2026;court' } },
  ])
  expect(await convertFile(from, to, { overwrite: true, text: true })).toMatchObject({ rowsWritten: 4, rowsQuarantined: 1, told: [] })
  expect(await readFile(to, 'utf8')).toContain('03/02/2026,Léa,abc')
})

test('values behind those that were looked at decide with the others', async () => {
  const numbers = (last: readonly string[]) => [...Array.from({ length: 60_000 }, (_, at) => `${at};${'x'.repeat(30)}`), ...last].join('\n')
  const to = join(folder, 'late.parquet')
  const read = async (last: readonly string[]) => {
    const done = await convertFile(await put('late.csv', `n;note\n${numbers(last)}\n`), to, { overwrite: true })
    const rows = await connection.rows<{ n: string }>(`SELECT n::VARCHAR AS n FROM read_parquet('${to}') OFFSET 60000`)
    return { type: done.columns[0]?.type, told: done.told, quarantined: done.rowsQuarantined, values: rows.map(({ n }) => n) }
  }
  expect(await read(['1.234;x', '5;x'])).toMatchObject({
    type: 'varchar',
    quarantined: 0,
    values: ['1.234', '5'],
    told: [expect.any(String)],
  })
  expect(await read(['1.234;x', '1.234,50;x'])).toMatchObject({
    type: 'decimal(7,2)',
    quarantined: 0,
    values: ['1234.00', '1234.50'],
    told: [],
  })
})

test('an output that is there is refused and stays as it is, unless it may give way', async () => {
  const [from, to] = [await put('a.csv', 'x,y\n1,2\n'), await put('a.jsonl', 'mine')]
  await expect(convertFile(from, to)).rejects.toMatchObject({ code: 'input.invalid', next: expect.stringContaining('--overwrite') })
  expect(await readFile(to, 'utf8')).toBe('mine')
  await convertFile(from, to, { overwrite: true })
  expect(await readFile(to, 'utf8')).toBe('{"x":1,"y":2}\n')
  await expect(convertFile(from, from, { overwrite: true })).rejects.toMatchObject({ message: 'the output is the file itself' })
})

test('records that cannot be read stand in a file beside, and are counted', async () => {
  const to = join(folder, 'ragged.parquet')
  const done = await convertFile(await put('ragged.csv', 'a,b\n1,2\n3,4,5\n6,7\n'), to, { known: { delimiter: ',', header: true } })
  expect(done).toMatchObject({ rowsIn: 3, rowsWritten: 2, rowsQuarantined: 1, quarantine: `${to}.quarantine.jsonl` })
  const [refused] = (await readFile(`${to}.quarantine.jsonl`, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(refused).toMatchObject({ line: 3, rule: expect.stringContaining('record(') })
})

test('what is said of a file is held against its format', async () => {
  const path = await put('pinned.csv', 'a;b\n1;2\n')
  expect((await sniffFile(path, { known: { delimiter: ',' } })).columns).toHaveLength(1)
  await expect(sniffFile(path, { known: { sheet: 'x' } })).rejects.toMatchObject({ message: 'pinned.csv is csv, which has no sheet' })
  await expect(sniffFile(join(folder, 'nowhere.csv'))).rejects.toMatchObject({ code: 'file.missing' })
})

test('what stands in a file counts more than its name, which is told', async () => {
  const sniffed = await sniffFile(await put('lines.csv', '{"a": 1, "b": "x"}\n{"a": 2, "b": "y"}\n'))
  expect(sniffed).toMatchObject({ format: 'jsonl', told: ['lines.csv is named .csv, and what stands in it is jsonl'] })
  expect(sniffed.columns).toMatchObject([
    { name: 'a', type: 'integer' },
    { name: 'b', type: 'text' },
  ])
  const zip = zipOf([{ name: 'sales.csv', content: Buffer.from('id,name\n1,Ann\n') }])
  expect(await sniffFile(await put('export.zip', zip))).toMatchObject({ format: 'csv', detected: { compression: 'zip' }, told: [] })
})

test.each([
  ['x.parquet', 'parquet'],
  ['x.ndjson', 'jsonl'],
  ['x.csv', 'csv'],
  ['x.delta', 'delta'],
  ['x/', 'delta'],
  ['table', 'delta'],
])('%s is written as %s', (path, kind) => expect(targetOf(path)).toBe(kind))

test('other outputs are refused', () => expect(() => targetOf('x.xlsx')).toThrow(/nothing is written in this format/))

const shape = {
  values: 3,
  whole: 0,
  numbers: 0,
  exponents: 0,
  names: 0,
  before: 0,
  behind: 0,
  overInteger: 0,
  overBigint: 0,
  truths: 0,
  documents: 0,
  dates: 0,
  timestamps: 0,
}
test.each([
  [{ whole: 3, numbers: 3 }, 'integer'],
  [{ whole: 3, numbers: 3, overInteger: 1 }, 'bigint'],
  [{ whole: 3, numbers: 3, overInteger: 1, overBigint: 1, before: 20 }, 'decimal'],
  [{ whole: 3, numbers: 3, overInteger: 1, overBigint: 1, before: 39 }, 'text'],
  [{ whole: 2, numbers: 3, before: 2, behind: 2 }, 'decimal'],
  [{ numbers: 2, exponents: 1 }, 'double'],
  [{ truths: 3 }, 'boolean'],
  [{ dates: 3, timestamps: 3 }, 'date'],
  [{ dates: 1, timestamps: 3 }, 'timestamp'],
  [{ documents: 3 }, 'json'],
  [{ numbers: 2 }, 'decimal'],
  [{ numbers: 1 }, 'text'],
  // Of many values a tenth may be wrong ones, since a pull refuses more.
  [{ values: 100, whole: 89, numbers: 89 }, 'text'],
  [{ values: 100, whole: 90, numbers: 90 }, 'integer'],
  [{ numbers: 2, names: 1 }, 'text'],
  [{ values: 0 }, 'text'],
])('%j is %s', (counts, kind) => expect(typeOf({ ...shape, ...counts }).type.kind).toBe(kind))

test.each([
  [{ whole: 3, numbers: 3 }, 'integer'],
  [{ numbers: 2 }, 'text'],
  [{ numbers: 2, exponents: 1 }, 'double'],
  [{ values: 0 }, 'text'],
])('%j, all of whose values have to fit, is %s', (counts, kind) => expect(typeOf({ ...shape, ...counts }, 'all').type.kind).toBe(kind))

test('a proposed decimal has room for a million beside the digits behind the point', () => {
  const proposed = (before: number, behind: number) => typeOf({ ...shape, numbers: 3, before, behind }).type
  expect(proposed(1, 17)).toEqual({ kind: 'decimal', precision: 38, scale: 17 })
  expect(proposed(5, 2)).toEqual({ kind: 'decimal', precision: 18, scale: 2 })
  expect(proposed(16, 2)).toEqual({ kind: 'decimal', precision: 18, scale: 2 })
})

test('names that are not those of a column are declared under columns', () => {
  const columns = [
    { name: '日付', type: { kind: 'date' } },
    { name: 'Größe', type: { kind: 'integer' } },
  ] as const
  expect(declarationOf('x.csv', csv({ delimiter: "'", nulls: ['n/a'] }), columns)).toContain("columns: { column_1: '日付'")
  expect(declarationOf('x.csv', csv({ delimiter: "'" }), columns)).toContain(`csv({ delimiter: '\\'' })`)
})

test('a declaration is called as all files of its pattern are, by their folder where they have no word, and with a sheet that was asked for', () => {
  const columns = [{ name: 'id', type: { kind: 'integer' } }] as const
  const called = (name: string, more: { folder?: string; sheet?: string } = {}): string =>
    /fileSource\(\{ name: '(\w+)'[\s\S]*dataset\('silver\.\1'/.exec(declarationOf(name, csv(), columns, more))?.[1] ?? ''
  expect(called('orders_2026-01.csv')).toBe('orders')
  expect(called('2026-01.csv', { folder: 'inbox/invoices' })).toBe('invoices')
  expect(called('b2b.csv')).toBe('b2b')
  expect(called('book.xlsx', { sheet: 'Prices & costs' })).toBe('book_prices_costs')
})

test('columns whose types a file says are declared with them, and shown with values', async () => {
  const path = join(folder, 'typed.parquet')
  await connection.run(`COPY (SELECT 7::UINTEGER AS "Id", 1.5::DECIMAL(10, 3) AS price, TIMESTAMP '2026-03-01 10:00:00' AS at, DATE '2026-03-01' AS day,
    true AS paid, 0.5::FLOAT AS share, 18446744073709551615::UBIGINT AS big, '1'::VARCHAR AS code, NULL::INTEGER AS nothing) TO '${path}' (FORMAT parquet)`)
  const sniffed = await sniffFile(path)
  for (const line of [
    'id: bigint(),',
    'price: decimal(10, 3),',
    'at: timestamp(),',
    'day: date(),',
    'paid: boolean(),',
    'share: double(),',
  ])
    expect(sniffed.declaration).toContain(`    ${line}\n`)
  expect(sniffed.declaration).toContain('    big: decimal(20, 0),\n')
  expect(sniffed.declaration).toContain('    nothing: integer(),\n')
  expect(sniffed.columns.slice(0, 2)).toMatchObject([
    { type: 'bigint', examples: ['7'] },
    { type: 'decimal(10, 3)', examples: ['1.500'] },
  ])
})

test('instants in JSON lines are those of ISO 8601, and a column of two types is told with the command that names its values', async () => {
  const from = await put('instants.csv', 'at,n\n2026-03-01T10:00:00.5+01:00,1\n2026-03-01T00:00:00Z,x\n2026-03-02T00:00:00Z,3\n')
  const to = join(folder, 'instants.jsonl')
  const { told } = await convertFile(from, to)
  expect((await readFile(to, 'utf8')).split('\n').map((line) => /"at":"([^"]*)"/.exec(line)?.[1])).toEqual([
    '2026-03-01T09:00:00.5Z',
    '2026-03-01T00:00:00Z',
    '2026-03-02T00:00:00Z',
    undefined,
  ])
  expect(told).toEqual([expect.stringContaining(`sluice sources sniff '${from}' names them`)])
})

test('an output that gives way is there until the new one is, and a folder of other files never gives way', async () => {
  const from = await put('way.csv', 'id;total\n1;1.5\n2;2.5\n')
  const table = join(folder, 'way table')
  await convertFile(from, table)
  const other = await put('way.csv', 'id;day\nx;2026-01-02\n')
  expect(await convertFile(other, table, { overwrite: true })).toMatchObject({ rowsWritten: 1 })
  const open = await openTable(localStore(table), { connection: connection.raw })
  expect((await open.history()).map(({ version }) => version)).toEqual([2, 1, 0])
  expect(await connection.rows(`SELECT id FROM (${await (await open.snapshot()).scanSql()})`)).toEqual([{ id: 'x' }])
  expect(await connection.rows(`SELECT id FROM (${await (await open.snapshot({ version: 1 })).scanSql()})`)).toHaveLength(2)

  const mine = join(folder, 'mine')
  await mkdir(mine)
  await writeFile(join(mine, 'thesis.txt'), 'years of work')
  for (const to of [mine, join(folder, 'mine.csv')]) {
    if (to !== mine) await mkdir(to)
    await expect(convertFile(from, to, { overwrite: true })).rejects.toMatchObject({ code: 'input.invalid', message: /is a folder/ })
  }
  expect(await readdir(mine)).toEqual(['thesis.txt'])

  const parquet = join(folder, 'way.parquet')
  await convertFile(from, parquet)
  const before = await readFile(parquet)
  const full = AbortSignal.abort(new Error('killed'))
  await expect(convertFile(from, parquet, { overwrite: true, signal: full })).rejects.toThrow()
  expect(await readFile(parquet)).toEqual(before)
})

test('a workbook of several sheets is told to have others, unless one is named', () => {
  const found = { sheet: 'Notes', sheets: ['Notes', 'Prices', 'Lists'], hiddenSheets: ['Lists'] }
  expect(otherSheets(found)).toEqual(['sheet "Notes" was read. --sheet takes another: "Prices"'])
  expect([otherSheets(found, { sheet: 'Notes' }), otherSheets({ delimiter: ';' }), otherSheets({ ...found, sheets: ['Notes'] })]).toEqual([
    [],
    [],
    [],
  ])
})
