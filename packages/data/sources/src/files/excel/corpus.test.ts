import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { excel } from '@sluice/author'
import { type DuckDB, openDuckDB } from '@sluice/duckdb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { corpusCases, readAll } from '../corpus.cases.ts'
import { reader } from './reader.ts'

let db: DuckDB
beforeAll(async () => {
  db = await openDuckDB({ threads: 2 })
})
afterAll(() => db.close())

test.each(await corpusCases('excel'))('reads $name as stands beside it', async ({ path, expected: { format, ...expected } }) => {
  const workFolder = mkdtempSync(join(tmpdir(), 'excel-'))
  expect(await readAll(reader, await db.connect(), path, excel(format), { workFolder })).toEqual(expected)
})

test('a sniff tells the columns and what they hold', async () => {
  const cases = await corpusCases('excel')
  const path = cases.find(({ name }) => name === 'formulas-and-errors.xlsx')?.path ?? ''
  const context = { workFolder: mkdtempSync(join(tmpdir(), 'excel-')) }
  expect(await reader.sniff({ path, name: 'f.xlsx', bytes: 5_000 }, excel(), context)).toMatchObject({
    workbook: 'xlsx',
    sheet: 'F',
    header: 1,
    columns: [
      { name: 'n', holds: { number: 2 } },
      { name: 'sum', holds: { number: 1, error: 1 } },
      { name: 'word', holds: { text: 1 } },
      { name: 'flag', holds: { boolean: 1 } },
      { name: 'err', holds: { error: 1, text: 1 } },
    ],
  })
})
