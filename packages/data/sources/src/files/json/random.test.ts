import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jsonFile, jsonLines } from '@sluice/author'
import type { Json } from '@sluice/core'
import { type Random, seeded, seedOfRun } from '@sluice/core/testing'
import { fc } from '@sluice/core/testing/properties'
import { type DuckDB, openDuckDB } from '@sluice/duckdb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readAll } from '../corpus.cases.ts'
import { growing } from '../records/growing.ts'
import { forgottenRecords } from '../records/output.ts'
import { knownColumns } from './columns.ts'
import { readDocument } from './document.ts'
import { reader as document } from './document-reader.ts'
import { readLines } from './lines.ts'
import { reader as lines } from './lines-reader.ts'
import { recordReader } from './record.ts'

let db: DuckDB
let folder: string
beforeAll(async () => {
  db = await openDuckDB({ threads: 2 })
  folder = await mkdtemp(join(tmpdir(), 'json-'))
})
afterAll(() => db.close())

/** A number as text, with more digits than a double has. */
const number = ({ integer, chance }: Random): string => {
  const digits = (most: number): string => Array.from({ length: 1 + integer(most) }, () => integer(10)).join('')
  return `${chance(0.3) ? '-' : ''}${chance(0.3) ? '0' : `${1 + integer(9)}${chance(0.7) ? digits(30) : ''}`}${chance(0.5) ? `.${digits(30)}` : ''}${chance(0.2) ? `${chance(0.5) ? 'e' : 'E'}${['', '+', '-'][integer(3)]}${digits(3)}` : ''}`
}

const characters = [
  'a',
  'Z',
  '"',
  '\\',
  '/',
  '\n',
  '\u0001',
  '\u007f',
  'é',
  '日',
  '😀',
  '\u2028',
  '{',
  '[',
  ',',
  ':',
  ' ',
  "'",
  ';',
] as const

const string = ({ integer, pick }: Random): string => Array.from({ length: integer(12) }, () => pick(characters)).join('')

/** The text of a value and what a column has of it: strings as they are, numbers digit for digit, what is nested without its spaces. */
function value(random: Random, depth: number): { readonly text: string; readonly cell: string | null } {
  const { integer, chance } = random
  const space = (): string => (chance(0.8) ? '' : ' \t'.charAt(integer(2)))
  switch (integer(depth > 0 ? 7 : 5)) {
    case 0:
      return { text: 'null', cell: null }
    case 1:
      return chance(0.5) ? { text: 'true', cell: 'true' } : { text: 'false', cell: 'false' }
    case 2: {
      const text = number(random)
      return { text, cell: text }
    }
    case 3:
    case 4: {
      const text = string(random)
      const written = JSON.stringify(text)
      return { text: chance(0.3) ? escaped(written) : written, cell: text }
    }
    case 5: {
      const items = Array.from({ length: integer(4) }, () => nested(random, depth - 1))
      return {
        text: `[${space()}${items.map(({ text }) => text).join(`${space()},${space()}`)}${space()}]`,
        cell: `[${items.map(({ cell }) => cell).join(',')}]`,
      }
    }
    default: {
      const members = Array.from({ length: integer(4) }, () => ({ name: JSON.stringify(string(random)), of: nested(random, depth - 1) }))
      return {
        text: `{${space()}${members.map(({ name, of }) => `${name}${space()}:${space()}${of.text}`).join(`${space()},${space()}`)}${space()}}`,
        cell: `{${members.map(({ name, of }) => `${name}:${of.cell}`).join(',')}}`,
      }
    }
  }
}

/** A value inside of another: its cell is its text without spaces. */
function nested(random: Random, depth: number): { readonly text: string; readonly cell: string } {
  const of = value(random, depth)
  return { text: of.text, cell: of.text.startsWith('[') || of.text.startsWith('{') ? (of.cell ?? '') : of.text }
}

/** All characters of a string as escapes. */
const escaped = (written: string): string =>
  `"${Array.from((JSON.parse(written) as string).split(''), (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`

function records(random: Random, count: number) {
  const names = ['id', 'name', 'Price', 'a b', 'x"y', 'é', '日本', 'q\\']
  return Array.from({ length: count }, () => {
    const members = names.filter(() => random.chance(0.7)).map((name) => ({ name, ...value(random, 3) }))
    return {
      text: `{${members.map(({ name, text }) => `${JSON.stringify(name)}:${text}`).join(',')}}`,
      cells: Object.fromEntries(members.map(({ name, cell }) => [name, cell])),
    }
  })
}

const withoutNulls = (row: Json): Json =>
  Object.fromEntries(Object.entries(row as Record<string, Json>).filter(([name, cell]) => cell !== null && name !== '_row'))

test('random records come back as they were written, to the last digit', async () => {
  const random = seeded(seedOfRun())
  for (let round = 0; round < 10; round++) {
    const written = records(random, random.integer(60))
    const expected = written.map(({ cells }) => withoutNulls(cells))
    const end = random.pick(['\n', '\r\n', ' \n'])
    const files = [
      { path: `${round}.jsonl`, text: written.map(({ text }) => text + (random.chance(0.9) ? end : '')).join('') },
      { path: `${round}.json`, text: `[${written.map(({ text }) => text).join(random.pick([',', ', ', '\n,\n']))}]` },
      { path: `${round}.below.json`, text: `{"n":${number(random)},"of":{"rows":[${written.map(({ text }) => text).join(',')}]}}` },
    ]
    for (const { path, text } of files) {
      await writeFile(join(folder, path), text)
      const connection = await db.connect()
      const context = { workFolder: folder }
      const read = path.endsWith('.jsonl')
        ? await readAll(lines, connection, join(folder, path), jsonLines(), context)
        : await readAll(
            document,
            connection,
            join(folder, path),
            jsonFile(path.endsWith('.below.json') ? { rows: '$.of.rows[*]' } : {}),
            context,
          )
      expect((read.rows as Json[]).map(withoutNulls), `SLUICE_SEED=${seedOfRun()} ${path}`).toEqual(expected)
      connection.close()
    }
  }
})

async function* cut(text: Buffer, random: Random): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < text.length; ) {
    const length = 1 + random.integer(random.pick([1, 3, 40]))
    yield text.subarray(at, at + length)
    at += length
  }
}

test('a file is read the same in whatever pieces it comes', async () => {
  const random = seeded(seedOfRun())
  for (let round = 0; round < 20; round++) {
    const written = records(random, 12).map(({ text }) => (random.chance(0.1) ? text.slice(1) : text))
    const output = forgottenRecords()
    const whole = { ...forgottenRecords(), flush: async () => {} }
    const parts = { ...output, flush: async () => {} }
    const text = Buffer.from(written.join(random.pick(['\n', '\r\n', '\r', '\n\n'])))
    const once = await readLines(cutAt(text), knownColumns(), whole)
    const often = await readLines(cut(text, random), knownColumns(), parts)
    expect(often, `SLUICE_SEED=${seedOfRun()}`).toEqual(once)
    expect(taken(parts.records)).toBe(taken(whole.records))

    const list = Buffer.from(
      `{"rows":[${records(random, 12)
        .map(({ text }) => text)
        .join(' ,\n')}]}`,
    )
    const [wholeList, partList] = [forgottenRecords(), forgottenRecords()].map((each) => ({ ...each, flush: async () => {} }))
    if (wholeList === undefined || partList === undefined) continue
    const read = await readDocument(cutAt(list), 'x', undefined, knownColumns(), wholeList)
    expect(await readDocument(cut(list, random), 'x', undefined, knownColumns(), partList), `SLUICE_SEED=${seedOfRun()}`).toEqual(read)
    expect(taken(partList.records)).toBe(taken(wholeList.records))
  }
})

const taken = ({ data, length }: { readonly data: Uint8Array; readonly length: number }): string =>
  Buffer.from(data.subarray(0, length)).toString()

async function* cutAt(text: Buffer): AsyncGenerator<Uint8Array> {
  yield text
}

test('what is JSON and what is not is found as the engine finds it, of texts with random faults', () => {
  const alphabet = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    'u',
    '0',
    '1',
    '-',
    '+',
    '.',
    'e',
    'true',
    'null',
    'a',
    ' ',
    '\t',
    'é',
    '\u0000',
    '"a"',
    '"b":1',
  ] as const
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...alphabet), { maxLength: 14 }), (parts) => {
      const text = `{"v":${parts.join('')}}`
      const bytes = Buffer.from(`${text}\n`)
      const read = recordReader(knownColumns(), growing(16)).read(bytes, 0, bytes.length - 1, 1)
      if (typeof read === 'number') expect(read === 1).toBe(isJson(text))
      expect(typeof read === 'number' || read.fault !== 'json').toBe(areValues(text))
    }),
    { numRuns: 5000 },
  )
})

/** One value, or several that follow each other: a line may hold more records than one. */
function areValues(text: string): boolean {
  if (isJson(text)) return true
  const ends = Array.from(text, (_, at) => at).slice(1)
  return ends.some((end) => isJson(text.slice(0, end)) && areValues(text.slice(end)))
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
