import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CsvFormat, csv } from '@sluice/author'
import { isSluiceError } from '@sluice/core'
import { openDuckDB } from '@sluice/duckdb'
import { afterAll, expect, test } from 'vitest'
import type { WantedKind } from '../reader.ts'
import { reader } from './reader.ts'

const corpus = join(import.meta.dirname, '../../../corpus/csv')
const ending = '.expected.json'
const duckdb = await openDuckDB({ threads: 2 })
const connection = await duckdb.connect()
const workFolder = mkdtempSync(join(tmpdir(), 'sluice-csv-'))
afterAll(() => duckdb.close())

/** What stands beside a file. */
interface Expected {
  readonly format?: Omit<CsvFormat, 'kind'>
  readonly wanted?: Readonly<Record<string, WantedKind>>
  readonly found?: Readonly<Record<string, unknown>>
  readonly columns?: readonly string[]
  /** The line, and the cells. */
  readonly rows?: readonly (readonly [number, ...(string | null)[]])[]
  /** The line, the rule and the text. */
  readonly refused?: readonly (readonly [number, string, string])[]
  readonly recovered?: Readonly<Record<string, number>>
  readonly error?: { readonly code: string; readonly message: string }
}

const names = readdirSync(corpus)
  .filter((name) => name.endsWith(ending))
  .map((name) => name.slice(0, -ending.length))

async function read(name: string, { format, wanted }: Expected): Promise<Expected> {
  const path = join(corpus, name)
  const file = { path, name, bytes: statSync(path).size }
  const context = { workFolder, ...(wanted === undefined ? {} : { wanted: (column: string) => wanted[column] }) }
  try {
    await using opened = await reader.open(connection, file, csv(format), context)
    const { columns, ...sniffed } = await reader.sniff(file, csv(format), context)
    expect(opened.found).toMatchObject(sniffed)
    expect(opened.columns.map((column) => column.name)).toEqual(columns)
    const numbered = await connection.rows<Record<string, string | null>>(opened.numbered)
    const plain = await connection.rows<Record<string, string | null>>(opened.rows)
    expect(plain, 'rows are those of numbered').toEqual(numbered.map(({ _row, ...cells }) => cells))
    const refused = opened.refused === undefined ? [] : await connection.rows(opened.refused)
    const recovered = await opened.recovered()
    return {
      found: opened.found,
      columns: opened.columns.map((column) => column.name),
      rows: numbered.map(({ _row, ...cells }) => [Number(_row), ...Object.values(cells)]),
      ...(refused.length === 0
        ? {}
        : { refused: refused.map(({ row_number, rule, cells }) => [Number(row_number), String(rule), JSON.parse(String(cells)).line]) }),
      ...(Object.keys(recovered).length === 0 ? {} : { recovered }),
    }
  } catch (thrown) {
    if (!isSluiceError(thrown)) throw thrown
    return { error: { code: thrown.code, message: thrown.message } }
  }
}

test.each(names)('%s is read as it should be', async (name) => {
  const expected = JSON.parse(readFileSync(join(corpus, `${name}${ending}`), 'utf8')) as Expected
  const { format, wanted, ...rest } = expected
  expect(await read(name, expected)).toEqual(rest)
})

test('each file of the corpus has what it should be beside it, and there are some', () => {
  const files = readdirSync(corpus).filter((name) => !name.endsWith(ending))
  expect(files.filter((name) => !existsSync(join(corpus, `${name}${ending}`)))).toEqual([])
  expect(files.length).toBeGreaterThan(20)
})

test('what was made beside a file goes with it', () => {
  expect(readdirSync(workFolder)).toEqual([])
})
