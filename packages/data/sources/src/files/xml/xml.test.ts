import { mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { xml } from '@sluice/author'
import type { Json } from '@sluice/core'
import { type Random, seeded, seedOfRun } from '@sluice/core/testing'
import { type DuckDB, openDuckDB } from '@sluice/duckdb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { corpusCases, readAll } from '../corpus.cases.ts'
import { reader } from './reader.ts'

let db: DuckDB
let workFolder: string
beforeAll(async () => {
  db = await openDuckDB({ threads: 2 })
  workFolder = await mkdtemp(join(tmpdir(), 'xml-'))
})
afterAll(() => db.close())

test.each(await corpusCases('xml'))('reads $name as stands beside it', async ({ path, expected: { format, ...expected } }) => {
  const connection = await db.connect()
  expect(await readAll(reader, connection, path, xml(format as never), { workFolder })).toEqual(expected)
  expect((await readdir(workFolder)).filter((name) => !name.endsWith('.xml'))).toEqual([])
})

async function read(name: string, text: string) {
  const path = join(workFolder, name)
  await writeFile(path, text)
  const connection = await db.connect()
  return await readAll(reader, connection, path, xml({ rows: '/all/row' }), { workFolder })
}

const characters = ['a', 'Z', '<', '>', '&', '"', "'", ']]>', 'é', '日', '😀', ' ', '\t', '{'] as const

const text = ({ integer, pick }: Random): string => `x${Array.from({ length: integer(8) }, () => pick(characters)).join('')}`

const escaped = (value: string): string => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** As a text of XML: escaped, as numbers of characters, or as CDATA. */
function written(random: Random, value: string): string {
  if (random.chance(0.2))
    return Array.from(value, (each) => `&#${random.chance(0.5) ? each.codePointAt(0) : `x${each.codePointAt(0)?.toString(16)}`};`).join('')
  return random.chance(0.2) && !value.includes(']]>') ? `<![CDATA[${value}]]>` : escaped(value)
}

test('random rows come back as they were written', async () => {
  const random = seeded(seedOfRun())
  for (let round = 0; round < 3; round++) {
    const rows = Array.from({ length: 1 + random.integer(40) }, () => {
      const cells: Record<string, string> = {}
      for (const path of ['@id', 'name', 'price/@currency', 'price', 'where/city', 'where/at/@zone'])
        if (random.chance(0.7)) cells[path] = text(random)
      return cells
    })
    const attribute = (name: string, value: string | undefined): string =>
      value === undefined ? '' : ` ${name}="${escaped(value).replaceAll('"', '&quot;').replaceAll('\t', '&#9;')}"`
    const leaf = (name: string, value: string | undefined, attributes = ''): string =>
      value === undefined && attributes === '' ? '' : `<${name}${attributes}>${value === undefined ? '' : written(random, value)}</${name}>`
    const document = rows
      .map((cells) => {
        const inside = [
          leaf('name', cells.name),
          leaf('price', cells.price, attribute('currency', cells['price/@currency'])),
          `<where>${leaf('city', cells['where/city'])}${leaf('at', undefined, attribute('zone', cells['where/at/@zone']))}</where>`,
        ]
        return `<row${attribute('id', cells['@id'])}>${inside.join(random.pick(['', '\n  ']))}</row>`
      })
      .join('\n')
    const came = await read(`${round}.xml`, `<all>${document}</all>`)
    const cellsOf = (row: Json): Json =>
      Object.fromEntries(Object.entries(row as object).filter(([name, cell]) => name !== '_row' && name !== 'where' && cell !== null))
    expect((came.rows as Json[]).map(cellsOf), `SLUICE_SEED=${seedOfRun()}`).toEqual(rows)
  }
})

test('what is nested too deep, and a row that is too long, end before they take much memory', async () => {
  expect(await read('deep.xml', `<all><row>${'<a>'.repeat(100_000)}`)).toMatchObject({ error: 'file.limit' })
  expect(await read('long.xml', `<all><row>${'<a>0123456789</a>'.repeat(4_000_000)}</row></all>`)).toMatchObject({ error: 'file.limit' })
  expect(await read('wide.xml', `<all><row>${Array.from({ length: 5000 }, (_, at) => `<a${at}/>`).join('')}</row></all>`)).toMatchObject({
    error: 'file.limit',
  })
})

test('a look at a file finds its columns, of one that is cut off too', async () => {
  const path = join(workFolder, 'looked-at.xml')
  const row = '<row id="1"><name>Ada</name></row>\n'
  const document = `<?xml version="1.0" encoding="ISO-8859-1"?><all>${row.repeat(100_000)}</all>`
  await writeFile(path, document)
  const file = { path, name: 'looked-at.xml', bytes: document.length }
  expect(await reader.sniff(file, xml({ rows: '/all/row' }), { workFolder })).toEqual({
    compression: 'none',
    encoding: 'iso-8859-1',
    columns: ['@id', 'name'],
  })
})
