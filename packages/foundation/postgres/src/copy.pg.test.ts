import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { copyIn, copyOut, inChunks } from './copy.ts'
import { openPool, type Pool } from './pool.ts'
import { type TestDatabase, testDatabase } from './testing/database.ts'

let database: TestDatabase
let pool: Pool
let folder: string
const into = 'copy thing (n, name) from stdin (format csv)'

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice copy '))
  database = await testDatabase({ migrations: [{ id: '0001_thing', up: 'create table thing (n int primary key, name text)' }] })
  pool = openPool(database.url, { max: 2 })
})

afterAll(async () => {
  await pool.end()
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  await pool.query('truncate thing')
})

const count = async (): Promise<unknown> => (await pool.query<{ n: number }>('select count(*)::int as n from thing'))[0]?.n

test.each([
  ['small pieces of text', () => Array.from({ length: 20_000 }, (_, n) => `${n},é${n}\n`)],
  [
    'buffers cut in the middle of a character',
    () => [...Buffer.from(Array.from({ length: 20_000 }, (_, n) => `${n},é${n}\n`).join(''))].map((byte) => Buffer.of(byte)),
  ],
  ['a stream', () => Readable.from(Array.from({ length: 20_000 }, (_, n) => Buffer.from(`${n},é${n}\n`)))],
])('%s are copied whole', async (_, source) => {
  expect(await pool.withConnection((connection) => copyIn(connection, into, source()))).toBe(20_000)
  const [last] = await pool.query(`select n, name from thing where n = 19999`)
  expect(last).toEqual({ n: 19_999, name: 'é19999' })
})

test('a file is copied in and out again unchanged', async () => {
  const [from, to] = [join(folder, 'from.csv'), join(folder, 'to.csv')]
  await writeFile(from, '1,one\n2,"two, three"\n3,""\n4,\n')
  await pool.withConnection(async (connection) => {
    expect(await copyIn(connection, into, from)).toBe(4)
    expect(await copyOut(connection, 'copy thing to stdout (format csv)', to)).toBe(4)
  })
  expect(await readFile(to, 'utf8')).toBe(await readFile(from, 'utf8'))
})

test('a bad row rejects with its line and column, nothing is copied, and the connection is usable', async () => {
  await pool.withConnection(async (connection) => {
    const bad = copyIn(connection, into, ['1,one\n', '2,two\n', 'x,secret\n', '4,four\n'])
    await expect(bad).rejects.toMatchObject({ code: 'postgres.failed', facts: { sqlstate: '22P02', line: 3, column: 'n' } })
    expect(await connection.query('select count(*)::int as n from thing')).toEqual([{ n: 0 }])
    expect(await copyIn(connection, into, ['1,one\n'])).toBe(1)
  })
  expect(await count()).toBe(1)
})

test('a bad row far behind the first chunk ends the source too', async () => {
  let asked = 0
  const rows = function* (): Generator<string> {
    for (asked = 0; asked < 5_000_000; asked++) yield asked === 10 ? 'bad\n' : `${asked},some text to fill the chunk\n`
  }
  await pool.withConnection(async (connection) => {
    await expect(copyIn(connection, into, rows())).rejects.toMatchObject({ code: 'postgres.failed', facts: { line: 11 } })
  })
  expect(asked).toBeLessThan(500_000)
})

test('an error of the source comes out as it is and nothing is copied', async () => {
  const broken = async function* (): AsyncGenerator<string> {
    yield '1,one\n'
    throw new RangeError('the source broke')
  }
  await pool.withConnection(async (connection) => {
    await expect(copyIn(connection, into, broken())).rejects.toThrow(new RangeError('the source broke'))
    expect(await connection.query('select count(*)::int as n from thing')).toEqual([{ n: 0 }])
  })
  await expect(pool.withConnection((connection) => copyIn(connection, into, join(folder, 'missing.csv')))).rejects.toMatchObject({
    code: 'ENOENT',
  })
})

test('an aborted copy leaves nothing and a usable connection', async () => {
  const abort = new AbortController()
  const endless = async function* (): AsyncGenerator<string> {
    for (let n = 0; ; n++) {
      if (n === 100_000) abort.abort()
      yield `${n},x\n`
    }
  }
  await pool.withConnection(async (connection) => {
    await expect(copyIn(connection, into, endless(), { signal: abort.signal })).rejects.toMatchObject({ name: 'AbortError' })
    expect(await connection.query('select count(*)::int as n from thing')).toEqual([{ n: 0 }])
  })
})

test('a wrong statement rejects in both directions', async () => {
  await pool.withConnection(async (connection) => {
    await expect(copyIn(connection, 'copy missing from stdin', ['1\n'])).rejects.toMatchObject({ facts: { sqlstate: '42P01' } })
    await expect(copyOut(connection, 'copy missing to stdout', join(folder, 'x'))).rejects.toMatchObject({ facts: { sqlstate: '42P01' } })
    expect(await connection.query('select 1 as one')).toEqual([{ one: 1 }])
  })
})

test('a destination that fails rejects with its error, and the pool uses another connection', async () => {
  const full = new Writable({ write: (_chunk, _encoding, done) => done(new Error('no space left')) })
  const copying = pool.withConnection((connection) => copyOut(connection, 'copy (select generate_series(1, 2000000)) to stdout', full))
  await expect(copying).rejects.toThrow('no space left')
  expect(await count()).toBe(0)
})

test('small pieces are joined to chunks of about 256 KB and none is lost', async () => {
  const pieces = Array.from({ length: 50_000 }, (_, n) => (n % 3 === 0 ? Buffer.from(`b${n};`) : `t${n};`))
  const chunks: Buffer[] = []
  for await (const chunk of inChunks(pieces)) chunks.push(chunk)
  expect(Buffer.concat(chunks).toString()).toBe(pieces.map(String).join(''))
  expect(chunks.length).toBeLessThan(4)
})

test('a source that never waits still lets timers and answers in between two chunks', async () => {
  let turns = 0
  const count = (): void => {
    turns++
    turn = setImmediate(count)
  }
  let turn = setImmediate(count)
  let chunks = 0
  for await (const chunk of inChunks(Array.from({ length: 40 }, () => Buffer.alloc(256 * 1024)))) chunks += chunk.length > 0 ? 1 : 0
  clearImmediate(turn)
  expect(chunks).toBe(40)
  expect(turns).toBeGreaterThanOrEqual(20)
})
