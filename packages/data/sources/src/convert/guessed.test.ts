import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { convertFile } from './convert-file.ts'
import { sniffFile } from './sniff-file.ts'

const folder = await mkdtemp(join(tmpdir(), 'sluice-guessed-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

async function put(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, text)
  return path
}

test('a text with cells at fixed places is told, with the fields to try, which then read it', async () => {
  const path = await put(
    'stock.txt',
    'id    name           total\n7     Oak table     1249.00\n8     Pine            89.90\n9     Elm lamp        45.50\n',
  )
  const { format, told } = await sniffFile(path)
  expect(format).toBe('csv')
  expect(told).toEqual([
    expect.stringContaining(`looks like fixed width. Try: sluice sources sniff ${path} --fields id:1:6,name:7:9,total:16:12 --skip 1.`),
  ])
  const known = { fields: { id: [1, 6], name: [7, 9], total: [16, 12] }, skip: 1 }
  const sniffed = await sniffFile(path, { known })
  expect(sniffed.told).toEqual([])
  expect(sniffed.columns.map(({ name, type, fit }) => [name, type, fit])).toEqual([
    ['id', 'integer', 3],
    ['name', 'text', 3],
    ['total', 'decimal(18, 2)', 3],
  ])
})

test('one column of a CSV is not taken for fixed width', async () => {
  expect((await sniffFile(await put('words.csv', 'name\nOak table\nPine chair\nElm lamp\n'))).told).toEqual([])
})

const sold = 'id;sold_on;shop;old_day\n1;20101112;20101112;20101112\n2;20260302;20260302;n/a\n3;20260415;20260415;20260415\n'

test('numbers as 20260301 below a name of days are guessed to be days, which is said', async () => {
  const { columns, told, declaration, detected } = await sniffFile(await put('sold.csv', sold))
  expect(columns.map(({ type, fit, values }) => [type, fit === values])).toEqual([
    ['integer', true],
    ['date', true],
    ['integer', true],
    ['date', true],
  ])
  expect(told).toEqual([
    '"sold_on" is guessed to be days, written yyyyMMdd: 20101112 would be 2010-11-12. Where these are numbers, declare it as integer(), and its form of dates not.',
    expect.stringContaining('"old_day" is guessed'),
  ])
  expect(detected.dates).toEqual({ sold_on: 'yyyyMMdd', old_day: 'yyyyMMdd' })
  expect(declaration).toContain("format: csv({ delimiter: ';', dates: 'yyyyMMdd' })")
  expect(declaration).toContain('// "sold_on" is guessed')
})

test('a number that is not a day, or a form that is known, leaves nothing to guess', async () => {
  const odd = await sniffFile(await put('odd.csv', sold.replace('2;20260302', '2;20261302')))
  expect(odd.columns[1]?.type).toBe('integer')
  const known = await sniffFile(join(folder, 'sold.csv'), { known: { dates: 'yyyyMMdd' } })
  expect(known.told).toEqual([])
})

test('what is converted is not guessed', async () => {
  const { columns } = await convertFile(join(folder, 'sold.csv'), join(folder, 'sold.jsonl'))
  expect(columns[1]).toMatchObject({ name: 'sold_on', type: 'integer' })
})

test('a file of the same pattern with other columns is told by its name', async () => {
  const path = await put('month/orders_2026-01.csv', 'id;total\n1;2.50\n')
  await put('month/orders_2026-03.csv', 'total;id\n4.50;3\n')
  expect((await sniffFile(path)).told).toEqual([])
  await put('month/orders_2026-02.csv', 'id;shop\n2;Lyon\n')
  await put('month/orders.csv', 'other\n1\n')
  expect((await sniffFile(path)).told).toEqual([
    expect.stringContaining('orders_2026-02.csv fits the pattern orders_*.csv and has other columns (not "total", also "shop").'),
  ])
})
