import { mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { type CsvFormat, csv, type Encoding } from '@sluice/author'
import { isSluiceError } from '@sluice/core'
import { long, seeded, seedOfRun } from '@sluice/core/testing'
import { openDuckDB } from '@sluice/duckdb'
import { afterAll, expect, test } from 'vitest'
import { openText } from '../bytes/text-file.ts'
import type { Dialect, Layout } from './dialect.ts'
import { reader } from './reader.ts'
import { rewrite } from './rewrite.ts'
import { selectPlain, selectRewritten } from './select.ts'
import { survey } from './survey.ts'
import { readByReference } from './testing/reference.ts'

const duckdb = await openDuckDB({ threads: 2 })
const connection = await duckdb.connect()
const folder = mkdtempSync(join(tmpdir(), 'sluice-random-'))
const work = mkdtempSync(join(tmpdir(), 'sluice-work-'))
afterAll(() => duckdb.close())

const { integer, pick, chance, bytes } = seeded(seedOfRun())
/** A smoke by default, a minute in the long form. */
const rounds = (few: number): Iterable<number> => (long ? untilMinute() : Array.from({ length: few }, (_, at) => at))
function* untilMinute(): Iterable<number> {
  const end = performance.now() + 60_000
  for (let round = 0; performance.now() < end; round++) yield round
}

function fileOf(content: string | Uint8Array) {
  const path = join(folder, 'file')
  writeFileSync(path, content)
  return { path, name: 'file', bytes: statSync(path).size }
}

const cellsOf = (row: Record<string, unknown>): [number, ...(string | null)[]] => {
  const { _row, ...cells } = row
  return [Number(_row), ...(Object.values(cells) as (string | null)[])]
}

const randomDialect = (): Dialect => {
  const quote = pick(['"', '"', "'", ''])
  return {
    delimiter: pick([',', ';', '\t', '|', '||', ', ', '~|~']),
    quote,
    escape: quote === '' ? '' : pick([quote, quote, '\\']),
    comment: pick(['', '', '#']),
  }
}

/** Made of what is special to a reader. */
const randomText = (dialect: Dialect): string => {
  const { delimiter, quote, escape: escaping } = dialect
  const parts = [
    'a',
    'b',
    'é',
    '€',
    ' ',
    '\t',
    '\n',
    '\n',
    '\r\n',
    '\r',
    delimiter,
    delimiter,
    delimiter,
    quote,
    quote,
    quote + quote,
    escaping,
    '#',
    '\0',
    '\x11',
    '😀',
  ]
  return Array.from({ length: integer(80) }, () => pick(parts as [string, ...string[]])).join('')
}

test('any text is read as by the reference, be it plain or not', async () => {
  let plain = 0
  for (const round of rounds(100)) {
    // Few random texts are plain: the first one is.
    const isFirst = round === 0
    const dialect: Dialect = isFirst ? { delimiter: ',', quote: '"', escape: '"', comment: '' } : randomDialect()
    const layout: Layout = isFirst
      ? { skip: 0, header: true, width: 2, trailing: false }
      : { skip: pick([0, 0, 1]), header: chance(0.5), width: 1 + integer(3), trailing: chance(0.2) }
    const source = isFirst ? 'a,b\n1,2\n' : randomText(dialect)
    const shown = `${round}: ${JSON.stringify({ source, dialect, layout })}`
    const reference = readByReference(source, dialect, layout)
    const file = fileOf(source)
    const names = Array.from({ length: layout.width }, (_, at) => `n${at}`)
    await using text = await openText(file, { compression: 'none', encoding: 'utf-8' }, { workFolder: work })
    try {
      await using rewritten = await rewrite(text, 'file', dialect, layout, { workFolder: work })
      const rows = (await connection.rows(selectRewritten(rewritten, names).numbered)).map(cellsOf)
      expect(rows, shown).toEqual(reference.rows)
      const refused = rewritten.refusals.count() === 0 ? [] : await connection.rows(rewritten.refusals.select())
      expect(
        refused.map(({ row_number, rule }) => [Number(row_number), rule]),
        shown,
      ).toEqual(reference.refused)
      expect(rewritten.records, shown).toBe(rows.length)
      const surveyed = await survey(text, dialect, layout, undefined)
      if (!surveyed.plain) continue
      plain++
      expect(reference.refused, shown).toEqual([])
      expect((await connection.rows(selectPlain(text, dialect, layout, names, surveyed).numbered)).map(cellsOf), shown).toEqual(
        reference.rows,
      )
      expect(surveyed.records, shown).toBe(reference.rows.length)
    } catch (thrown) {
      // A header with a wrong quote names nothing.
      if (!isSluiceError(thrown) || thrown.code !== 'file.damaged') throw thrown
    }
  }
  expect(plain, 'some texts are plain').toBeGreaterThan(0)
})

const encoders: Readonly<Record<Encoding, (text: string) => Buffer>> = {
  'utf-8': (text) => Buffer.from(text),
  'utf-16le': (text) => Buffer.from(text, 'utf16le'),
  'utf-16be': (text) => Buffer.from(text, 'utf16le').swap16(),
  'iso-8859-1': (text) => Buffer.from(text, 'latin1'),
  'windows-1252': (text) => Buffer.from(text.replaceAll('€', '\x80'), 'latin1'),
  big5: (text) => Buffer.concat([...text].map((character) => (character === '中' ? Buffer.from([0xa4, 0xa4]) : Buffer.from(character)))),
}
const lettersOf: Readonly<Record<Encoding, string>> = {
  'utf-8': 'aé€😀中',
  'utf-16le': 'aé€😀中',
  'utf-16be': 'aé€😀中',
  'iso-8859-1': 'aéü',
  'windows-1252': 'aé€',
  big5: 'a中',
}

test('what was written in any dialect, encoding and compression is read back equal when that is said', async () => {
  for (const round of rounds(30)) {
    const dialect = { ...randomDialect(), quote: '"', escape: pick(['"', '\\']), comment: '' }
    const encoding = pick(['utf-8', 'utf-16le', 'utf-16be', 'iso-8859-1', 'windows-1252', 'big5'])
    const lineEnd = pick(['\n', '\r\n', '\r'])
    const width = 2 + integer(4)
    const letters = [...lettersOf[encoding], 'b', ' ', '"', '\\', "'", '\n', '\r', dialect.delimiter, '1']
    const rows = Array.from({ length: integer(30) }, () =>
      Array.from({ length: width }, () => Array.from({ length: integer(6) }, () => pick(letters as [string, ...string[]])).join('')),
    )
    const written = (cell: string): string => {
      const inner = dialect.escape === '"' ? cell.replaceAll('"', '""') : cell.replace(/["\\]/g, '\\$&')
      return `"${inner}"`
    }
    const names = Array.from({ length: width }, (_, at) => `n${at}`)
    const lines = [names, ...rows].map((cells) => cells.map(written).join(dialect.delimiter))
    const content = encoders[encoding](lines.join(lineEnd) + (chance(0.5) ? lineEnd : ''))
    const packed = pick([content, gzipSync(content), zstdCompressSync(content)])
    const format: Omit<CsvFormat, 'kind'> = {
      delimiter: dialect.delimiter,
      quote: '"',
      escape: dialect.escape,
      encoding,
      header: true,
      skip: 0,
    }
    const shown = `${round}: ${JSON.stringify({ format, lineEnd, rows })}`
    await using opened = await reader.open(connection, fileOf(packed), csv(format), { workFolder: work })
    expect(opened.refused, shown).toBeUndefined()
    // A line as the header is one that was written twice.
    const expected = rows
      .filter((cells) => cells.join('\0') !== names.join('\0'))
      .map((cells) => cells.map((cell) => (cell === '' ? null : cell)))
    expect(
      (await connection.rows(opened.rows)).map((row) => Object.values(row)),
      shown,
    ).toEqual(expected)
  }
})

test('what is found by looking reads a table as it was written', async () => {
  for (const round of rounds(30)) {
    const delimiter = pick([',', ';', '\t', '|'])
    const lineEnd = pick(['\n', '\r\n', '\r'])
    const names = ['id', 'name', 'price', 'day', 'note'].slice(0, 2 + integer(4))
    const value = (name: string): string => {
      if (name === 'id') return String(integer(100000))
      if (name === 'price') return `${integer(1000)}.${10 + integer(90)}`
      if (name === 'day') return `2026-0${1 + integer(9)}-1${integer(10)}`
      return pick(['Ann', 'Bob Smith', `one${delimiter} two`, 'say "hi"', 'Zoë', 'two\nlines', '', "it's"])
    }
    const rows = Array.from({ length: 5 + integer(40) }, () => names.map(value))
    const written = (cell: string): string => (/[",;\t|\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)
    const text = [names, ...rows].map((cells) => cells.map(written).join(delimiter)).join(lineEnd)
    const shown = `${round}: ${JSON.stringify(text)}`
    await using opened = await reader.open(connection, fileOf(pick(['', '\ufeff']) + text), csv(), { workFolder: work })
    expect(
      opened.columns.map(({ name }) => name),
      shown,
    ).toEqual(names)
    const expected = rows.map((cells) => cells.map((cell) => (cell === '' ? null : cell)))
    expect(
      (await connection.rows(opened.rows)).map((row) => Object.values(row)),
      shown,
    ).toEqual(expected)
  }
})

test('no bytes crash it or hang it, and each line is read, refused or told', async () => {
  for (const round of rounds(60)) {
    const content = pick([
      () => bytes(integer(400)),
      () => Buffer.from(randomText(randomDialect()).repeat(1 + integer(20))),
      () => Buffer.from([0x1f, 0x8b, ...bytes(40)]),
      () => gzipSync(bytes(integer(200))).subarray(0, 5 + integer(100)),
      () => Buffer.concat([Buffer.from('\ufeffa,b\n', 'utf16le'), bytes(integer(100))]),
    ])()
    const shown = `${round}: ${Buffer.from(content).toString('hex')}`
    try {
      await using opened = await reader.open(connection, fileOf(content), csv(), { workFolder: work })
      const rows = await connection.rows(opened.rows)
      const numbered = (await connection.rows(opened.numbered)).map(cellsOf)
      expect(
        rows.map((row) => Object.values(row)),
        shown,
      ).toEqual(numbered.map(([, ...cells]) => cells))
      const lines = numbered.map(([line]) => line)
      expect(lines, shown).toEqual(lines.toSorted((one, other) => one - other))
      if (opened.refused !== undefined) await connection.rows(opened.refused)
    } catch (thrown) {
      if (!isSluiceError(thrown) || !thrown.code.startsWith('file.')) throw new Error(shown, { cause: thrown })
    }
  }
  expect(readdirSync(work)).toEqual([])
})
