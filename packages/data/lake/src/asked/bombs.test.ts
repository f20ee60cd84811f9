import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { usualLimits } from '@sluice/core'
import { openDuckDB } from '@sluice/duckdb'
import { residentMb } from '@sluice/process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AnswerProcesses, type AskedLake, openAnswerProcesses, openLakes } from '../index.ts'

let home: string
let lake: AskedLake
let answers: AnswerProcesses
/** Bytes, cells and memory are what is tried here: a busy machine takes longer. */
const patient = { ...usualLimits, timeoutMs: 600_000 }
const { signal } = new AbortController()
const named = /^(input\.invalid|query\.(too_large|memory|timeout|lost)|delta\.failed)$/

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'sluice-bombs-'))
  const folder = join(home, 'lake/demo/bronze/bombs')
  mkdirSync(folder, { recursive: true })
  const put = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content)
  put('zeros.csv.gz', gzipSync(`a\n${'0'.repeat(8 * 2 ** 20)}\n`, { level: 1 }))
  put('zeros.json.gz', gzipSync(`{"a":"${'0'.repeat(64 * 2 ** 20)}"}\n`, { level: 1 }))
  put('deep.json', `${'['.repeat(200_000)}${']'.repeat(200_000)}\n`)
  put('deep-objects.json', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}\n`)
  put('wide.csv', `${Array.from({ length: 200_000 }, (_, at) => `c${at}`).join(',')}\n${'1,'.repeat(199_999)}1\n`)
  put(
    'broken.parquet',
    Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(64, 0xff), Buffer.from([0xff, 0xff, 0xff, 0x7f]), Buffer.from('PAR1')]),
  )
  const duckdb = await openDuckDB({ threads: 1 })
  const connection = await duckdb.connect()
  // Some kilobytes that are three million rows of a hundred bytes: twice the memory that an answer may take.
  await connection.run(`COPY (SELECT repeat('x', 100) AS a FROM range(3000000)) TO '${join(folder, 'rows.parquet')}' (COMPRESSION zstd)`)
  duckdb.close()
  const [storage, projects] = [join(home, 'lake'), ['demo']]
  answers = openAnswerProcesses({ place: { folder: storage }, scratch: join(home, 'answers'), most: 1, memoryLimitMb: 128, threads: 1 })
  lake = await openLakes({ storage, projects, duckdb: () => openDuckDB({ threads: 1 }), answers, limits: patient }).named('demo')
})
afterAll(async () => {
  await answers.close()
  rmSync(home, { recursive: true, force: true })
})

test.each([
  ['a gzip of one endless value', "SELECT * FROM 'bronze/bombs/zeros.csv.gz'"],
  ['a gzip of one endless JSON value', "SELECT * FROM 'bronze/bombs/zeros.json.gz'"],
  ['a Parquet file whose footer is as long as memory', "SELECT * FROM 'bronze/bombs/broken.parquet'"],
  ['all rows of a small Parquet file as one value', "SELECT string_agg(a, '') AS a FROM 'bronze/bombs/rows.parquet'"],
  ['a value that a function makes', "SELECT repeat('x', 4000000000) AS a"],
  ['a list that a function makes', 'SELECT range(1000000000) AS a'],
  ['a query that nests without end', `SELECT ${'('.repeat(20_000)}1${')'.repeat(20_000)}`],
  [
    'a query of a hundred thousand words',
    `SELECT ${Array.from({ length: 30_000 }, (_, at) => `${at} AS c${at}`).join(', ')} FROM range(100000)`,
  ],
])('%s is an error by its name, and the next query is answered', async (_, sql) => {
  const before = residentMb(process.pid) ?? 0
  await expect(lake.answer(sql, { limit: 100_000 }, signal)).rejects.toMatchObject({ code: expect.stringMatching(named) })
  expect(await lake.answer('SELECT 1 AS one', {}, signal)).toMatchObject({ rows: [[1]] })
  expect((residentMb(process.pid) ?? 0) - before).toBeLessThan(200)
})

test.each([
  ['JSON that nests without end', "SELECT * FROM 'bronze/bombs/deep.json'"],
  ['JSON objects that nest without end', "SELECT * FROM 'bronze/bombs/deep-objects.json'"],
  ['a file of 200,000 columns', "SELECT * FROM 'bronze/bombs/wide.csv'"],
])('%s is answered in bounds or refused by name, and the next query is answered', async (_, sql) => {
  const told = await lake.answer(sql, {}, signal).then(
    () => 'answered',
    (error: { readonly code: string }) => error.code,
  )
  expect(told).toMatch(new RegExp(`^answered$|${named.source}`))
  expect(await lake.answer('SELECT 1 AS one', {}, signal)).toMatchObject({ rows: [[1]] })
})

test('700 columns of 20,000 rows, which an answer may ask for, are cut at the budget and held nowhere whole', async () => {
  const columns = Array.from({ length: 700 }, (_, at) => `'abcdefghijklmnopqrstuvwxyz' || (range + ${at}) AS c${at}`)
  const storage = join(home, 'lake')
  const roomy = openAnswerProcesses({ place: { folder: storage }, scratch: join(home, 'roomy'), memoryLimitMb: 512, threads: 2 })
  const lakes = openLakes({ storage, projects: ['demo'], duckdb: () => openDuckDB({ threads: 1 }), answers: roomy, limits: patient })
  const before = residentMb(process.pid) ?? 0
  const answer = await (await lakes.named('demo')).answer(`SELECT ${columns.join(', ')} FROM range(20000)`, { limit: 20_000 }, signal)
  expect(answer).toMatchObject({ truncated: true, cutBy: expect.stringMatching(/bytes|cells/) })
  expect(answer.rows.length).toBeGreaterThan(100)
  expect(answer.rows.length * 700).toBeLessThanOrEqual(1_000_000)
  expect((residentMb(process.pid) ?? 0) - before).toBeLessThan(400)
  await roomy.close()
})

test('a query that takes too long is ended with its process, and so is that of somebody who left', async () => {
  const endless = 'SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range * b.range % 7 = 3'
  const limits = { ...usualLimits, timeoutMs: 1_000 }
  const storage = join(home, 'lake')
  const hasty = openLakes({ storage, projects: ['demo'], duckdb: () => openDuckDB({ threads: 1 }), answers, limits })
  await expect((await hasty.named('demo')).answer(endless, {}, signal)).rejects.toMatchObject({ code: 'query.timeout' })
  const leaving = new AbortController()
  const left = lake.answer(endless, {}, leaving.signal)
  setTimeout(() => leaving.abort(new Error('gone')), 500)
  await expect(left).rejects.toThrow('gone')
  expect(await lake.answer('SELECT 1 AS one', {}, signal)).toMatchObject({ rows: [[1]] })
})
