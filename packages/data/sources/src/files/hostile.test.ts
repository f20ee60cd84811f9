import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync, gzipSync } from 'node:zlib'
import type { FileFormat } from '@sluice/author'
import { isSluiceError } from '@sluice/core'
import { long } from '@sluice/core/testing'
import { openDuckDB } from '@sluice/duckdb'
import { afterAll, expect, test } from 'vitest'
import { parse as parseAvro } from './avro/parse.ts'
import { bytesOf, containerOf, longBytes } from './avro/testing/write.ts'
import { zipOf } from './bytes/testing/zip.ts'
import { createRowsFile } from './isolated/rows/rows-file.ts'
import { readerOf } from './reader-of.ts'

const folder = mkdtempSync(join(tmpdir(), 'hostile-'))
const duckdb = await openDuckDB({ threads: 2, memoryLimitMb: 1_024 })
const connection = await duckdb.connect()
afterAll(() => {
  duckdb.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Outcome {
  readonly rows?: number
  readonly refused?: readonly (readonly [line: number, rule: string])[]
  readonly code?: string
  readonly message?: string
}

/** What a reader makes of a file; the process stays far below the size of the file. */
async function read(format: FileFormat, name: string, ...pieces: readonly Buffer[]): Promise<Outcome> {
  const path = join(folder, name)
  writeFileSync(path, '')
  let bytes = 0
  for (const piece of pieces) {
    writeFileSync(path, piece, { flag: 'a' })
    bytes += piece.length
  }
  const workFolder = mkdtempSync(join(folder, 'work-'))
  try {
    const reader = await readerOf(format.kind)
    await using opened = await reader.open(connection, { path, name, bytes }, format, { workFolder })
    const refused =
      opened.refused === undefined
        ? []
        : await connection.rows(`SELECT row_number AS line, rule FROM (${opened.refused}) ORDER BY 1 LIMIT 5`)
    return {
      rows: Number(await connection.value(`SELECT count(*) FROM (${opened.rows})`)),
      refused: refused.map(({ line, rule }) => [Number(line), String(rule)] as const),
    }
  } catch (thrown) {
    if (!isSluiceError(thrown)) throw thrown
    return { code: thrown.code, message: thrown.message }
  } finally {
    rmSync(path)
    expect(readdirSync(workFolder)).toEqual([])
  }
}

/** In this process: its crash is that of the test. */
async function parseHere(file: Buffer): Promise<{ readonly records: number; readonly refused: number } | string> {
  const path = join(folder, 'here.avro')
  writeFileSync(path, file)
  const made: string[] = []
  const createRows = (name: string) => {
    const rows = join(folder, `here-${name}`)
    made.push(rows)
    return createRowsFile({ path: rows })
  }
  try {
    const { records, refused } = await parseAvro({ path, bytes: file.length, task: { most: null }, createRows })
    return { records, refused }
  } catch (thrown) {
    if (!isSluiceError(thrown)) throw thrown
    return thrown.code
  } finally {
    for (const each of [path, ...made]) rmSync(each, { force: true })
  }
}

const record = (type: unknown) => ({ type: 'record', name: 'R', fields: [{ name: 'a', type }] })
const texts = record('string')
const lists = record({ type: 'array', items: 'null' })
const one = bytesOf(Buffer.from('x'))

test.each<[string, Buffer, unknown]>([
  ['a block of 2^62 records', containerOf(texts, 'null', [{ records: 2n ** 62n, content: one }]), 'file.damaged'],
  ['a block of 2^53 - 1 records', containerOf(texts, 'null', [{ records: 2n ** 53n - 1n, content: one }]), 'file.damaged'],
  ['a block of -1 records', containerOf(texts, 'null', [{ records: -1, content: one }]), 'file.damaged'],
  ['a block that is longer than the file', containerOf(texts, 'null', [{ records: 1, content: one, said: 1_000 }]), 'file.damaged'],
  ['a block of 2^62 bytes', containerOf(texts, 'null', [{ records: 1, content: one, said: 2n ** 62n }]), 'file.damaged'],
  ['a block of -1 bytes', containerOf(texts, 'null', [{ records: 1, content: one, said: -1 }]), 'file.damaged'],
  ['a block of 300 MiB', containerOf(texts, 'null', [{ records: 1, content: one, said: 300 * 2 ** 20 }]), 'file.limit'],
  ['a text of 2^62 bytes', containerOf(texts, 'null', [{ records: 1, content: longBytes(2n ** 62n) }]), { records: 0, refused: 1 }],
  ['a text of -1 bytes', containerOf(texts, 'null', [{ records: 1, content: longBytes(-1) }]), { records: 0, refused: 1 }],
  ['a list of 2^62 nulls', containerOf(lists, 'null', [{ records: 1, content: longBytes(2n ** 62n) }]), { records: 0, refused: 1 }],
  ['a list of -2^62 nulls', containerOf(lists, 'null', [{ records: 1, content: longBytes(-(2n ** 62n)) }]), { records: 0, refused: 1 }],
  ['a block that is not packed', containerOf(texts, 'deflate', [{ records: 1, content: one }]), { records: 0, refused: 1 }],
])('%s of Avro is refused at once', async (_, file, expected) => {
  expect(await parseHere(file)).toEqual(expected)
})

test('a block of Avro that becomes 600 MB is refused, and the others are read', async () => {
  const bomb = deflateRawSync(Buffer.alloc(600_000_000))
  const [sound, broken] = [
    { records: 1, content: deflateRawSync(one) },
    { records: 1, content: bomb },
  ]
  expect(await read({ kind: 'avro' }, 'bomb.avro', containerOf(texts, 'deflate', [sound, broken, sound]))).toEqual({
    rows: 2,
    refused: [[2, 'record(block)']],
  })
})

test('JSON nested 100,000 deep is refused with its line, and the other lines are read', async () => {
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const) {
    const deep = `{"a":${open.repeat(100_000)}1${close.repeat(100_000)}}`
    expect(await read({ kind: 'jsonl' }, 'deep.jsonl', Buffer.from(`{"a":1}\n${deep}\n{"a":2}\n`))).toMatchObject({
      rows: 2,
      refused: [[2, expect.stringContaining('record(')]],
    })
    const outcome = await read({ kind: 'json' }, 'deep.json', Buffer.from(`[{"a":1},${deep}]`))
    expect(outcome.code ?? outcome.refused?.length).not.toBe(0)
  }
})

test('a quote that is never closed takes its line with it and none of the others', async () => {
  const lines = Buffer.from('1,abcdefghijklmnopqrstuvwxyz abcdefghijklmnopqrstuvwxyz\n'.repeat(10_000))
  const times = long ? 550 : 55
  const pieces = [Buffer.from('id,name\n1,x\n2,"never closed\n'), ...Array.from({ length: times }, () => lines)]
  // What stands behind the quote is longer than a record may be, where there is so much of it.
  const rule = long ? 'record(size)' : 'record(quote)'
  expect(await read({ kind: 'csv' }, 'quote.csv', ...pieces)).toEqual({ rows: 1 + times * 10_000, refused: [[3, rule]] })
})

const zipped = (name: string, content: Buffer): Buffer => zipOf([{ name, content }])

test('a file packed within a packed one is refused by name, and so is one that is not text', async () => {
  const text = Buffer.from('id,name\n1,x\n')
  expect(await read({ kind: 'csv' }, 'once.zip', zipped('a.csv', text))).toEqual({ rows: 1, refused: [] })
  const twice = { code: 'file.unsupported', message: expect.stringContaining('packed once more') }
  expect(await read({ kind: 'csv' }, 'twice.zip', zipped('a.zip', zipped('a.csv', text)))).toMatchObject(twice)
  expect(await read({ kind: 'csv' }, 'twice.gz', gzipSync(gzipSync(text)))).toMatchObject(twice)
  expect(await read({ kind: 'jsonl' }, 'twice.jsonl.gz', gzipSync(zipped('a.jsonl', Buffer.from('{"a":1}\n'))))).toMatchObject(twice)
  const avro = containerOf(texts, 'null', [{ records: 1, content: one }])
  expect(await read({ kind: 'csv' }, 'avro.csv', avro)).toMatchObject({ code: 'file.unsupported' })
  expect(await read({ kind: 'csv' }, 'names.csv', Buffer.from('PAR1,PAR2\n1,2\n'))).toEqual({ rows: 1, refused: [] })
})

test.runIf(long)('a cell of 1 GB is refused with its line, and the rows beside it are read', async () => {
  const piece = Buffer.alloc(16_000_000, 'x')
  const pieces = [Buffer.from('id,name\n1,a\n2,'), ...Array.from({ length: 64 }, () => piece), Buffer.from('\n3,c\n')]
  expect(await read({ kind: 'csv' }, 'cell.csv', ...pieces)).toEqual({ rows: 2, refused: [[3, 'record(size)']] })
  const objects = [Buffer.from('{"a":1}\n{"a":"'), ...Array.from({ length: 64 }, () => piece), Buffer.from('"}\n{"a":3}\n')]
  expect(await read({ kind: 'jsonl' }, 'cell.jsonl', ...objects)).toMatchObject({
    rows: 2,
    refused: [[2, expect.stringContaining('record(')]],
  })
})
