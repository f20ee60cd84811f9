import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { long } from '@sluice/core/testing'
import { openDuckDB, quoteLiteral } from '@sluice/duckdb'
import { markVariable, processesOf } from '@sluice/process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Isolated, parseIsolated, rowsPath } from './isolated.ts'
import type { Limits } from './limits.ts'
import type { Deed } from './testing/hostile.ts'

let home: string
let workFolder: string
const mark = `isolated${process.pid}`
beforeAll(() => {
  process.env[markVariable] = `${mark}/tests`
  home = mkdtempSync(join(tmpdir(), 'sluice-isolated-'))
  workFolder = join(home, 'work')
  mkdirSync(workFolder)
  writeFileSync(join(home, 'file'), 'one\n\nthree')
  writeFileSync(join(home, 'other'), 'a secret')
})
afterAll(() => {
  delete process.env[markVariable]
  rmSync(home, { recursive: true, force: true })
})

const file = () => ({ path: join(home, 'file'), name: 'in/file', bytes: 10 })
const work = (deed: Deed, limits?: Partial<Limits>): Isolated<{ deed: Deed; other: string }> => ({
  parser: import.meta.resolve('./testing/hostile.ts'),
  task: { deed, other: join(home, 'other') },
  ...(limits === undefined ? {} : { limits }),
})
const run = (deed: Deed, limits?: Partial<Limits>, signal?: AbortSignal) =>
  parseIsolated<string[]>(file(), work(deed, limits), { workFolder, ...(signal === undefined ? {} : { signal }) })

const code = (name: string) => expect.objectContaining({ code: `file.${name}`, message: expect.stringMatching(/^in\/file: /) })

test('what a parser writes is read by DuckDB, until it is disposed of', async () => {
  const duckdb = await openDuckDB()
  {
    await using parsed = await run('text')
    expect(parsed.result).toEqual(['text'])
    const connection = await duckdb.connect()
    const rows = await connection.rows(`SELECT c0 FROM read_parquet(${quoteLiteral(rowsPath(parsed.folder, 'rows'))})`)
    expect(rows.map(({ c0 }) => c0)).toEqual(['one', '', 'three'])
  }
  duckdb.close()
  expect(readdirSync(workFolder)).toEqual([])
})

test('a file behind a link is read', async () => {
  symlinkSync(join(home, 'file'), join(home, 'link'))
  await using parsed = await parseIsolated({ ...file(), path: join(home, 'link') }, work('text'), { workFolder })
  expect(parsed.result).toEqual(['text'])
})

test('the process reaches its file, its folder and its code, and nothing else', async () => {
  await using parsed = await run('reach')
  expect(parsed.result).toEqual([])
})

test.each<[Deed, Partial<Limits>, string, RegExp]>([
  ['spin', { cpuSeconds: 1 }, 'limit', /more than 1 seconds of a processor/],
  ['wait', { seconds: 1 }, 'limit', /seconds of a processor/],
  ['heap', { heapMb: 40 }, 'limit', /more than 40 MiB of memory/],
  ['buffers', { residentMb: 150 }, 'limit', /more than 150 MiB of memory/],
  ['endless rows', { writtenBytes: 10_485_760 }, 'limit', /becomes more than 10 MiB/],
  ['a long value', { heapMb: 1_500, residentMb: 4_000 }, 'limit', /a value of the column note has more than/],
  ['refuse', {}, 'encrypted', /protected by a password/],
  ['break', {}, 'damaged', /cannot be read: Cannot read properties of undefined/],
  ['exit', {}, 'lost', /has ended in the middle/],
])('a parser that does this ends with a sentence, and leaves nothing: %s', async (deed, limits, name, words) => {
  const failed = run(deed, limits)
  await expect(failed).rejects.toEqual(code(name))
  await expect(failed).rejects.toThrow(words)
  expect(readdirSync(workFolder)).toEqual([])
  expect(processesOf(`${mark}/tests`)).toEqual([])
})

test('a process that somebody kills is an error that may be tried again', async () => {
  const failed = run('wait')
  const children = () => processesOf(`${mark}/tests`)
  await expect.poll(() => children().length).toBe(1)
  process.kill(children()[0] ?? 0, 'SIGKILL')
  await expect(failed).rejects.toMatchObject({ code: 'file.lost', kind: 'retryable' })
})

test('whoever has had enough of it is told so once the process has ended', async () => {
  const enough = new AbortController()
  const failed = run('spin', {}, enough.signal)
  await expect.poll(() => processesOf(`${mark}/tests`).length).toBe(1)
  enough.abort(new Error('enough'))
  await expect(failed).rejects.toThrow('enough')
  expect(processesOf(`${mark}/tests`)).toEqual([])
  await expect(run('text', {}, enough.signal)).rejects.toThrow('enough')
})

/** Each starts two processes; one of them computes for its three seconds. */
const deaths: readonly Deed[] = long ? ['wait', 'endless rows', 'spin'] : ['wait']

test.each<Deed>(deaths)('the process dies when its parent is killed, whatever it does: %s', async (deed) => {
  const script = fileURLToPath(import.meta.resolve('./testing/parent.ts'))
  const parent = spawn(process.execPath, [script, join(home, 'file'), workFolder, deed], {
    env: { ...process.env, [markVariable]: `${mark}/parent` },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(parent.stdout, 'data')
  await expect.poll(() => processesOf(`${mark}/parent`).length).toBe(2)
  parent.kill('SIGKILL')
  await once(parent, 'exit')
  await expect.poll(() => processesOf(`${mark}/parent`)).toEqual([])
  rmSync(workFolder, { recursive: true, force: true })
  mkdirSync(workFolder)
})
