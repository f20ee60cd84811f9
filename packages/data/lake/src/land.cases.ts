import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Pages, skip } from '@sluice/author'
import type { SluiceError } from '@sluice/core'
import { ownMark } from '@sluice/process'
import { sourceErrors } from '@sluice/sources'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { firstTick, page, pagesOf, temporaryLake, writeTo } from './testing/index.ts'

let at: Awaited<ReturnType<typeof temporaryLake>>
beforeEach(async () => {
  at = await temporaryLake()
})
afterEach(() => at.close())

const write = writeTo('bronze.assets')
const neverAsked: Pages = {
  [Symbol.asyncIterator]() {
    throw new Error('the source was asked again')
  },
}
const payloads = async () => {
  const rows: unknown[] = []
  for await (const chunk of at.lake.read('bronze.assets', { columns: ['payload'] })) rows.push(...chunk.map((row) => row.payload))
  return rows
}
const landedOn = (day: string) => at.files.list(`bronze/assets/date=${day}`)
const rejectedLines = async (name: string) => ((await at.files.read(`bronze/_rejected/assets/${name}`)) ?? '').trimEnd().split('\n')

test('bodies come back exactly as they were received, whole or in chunks, in the order of the pages', async () => {
  const exotic = 'not json, "quoted", back\\slash, tab\t, nul \u0000, line sep \u2028, é, 漢, 😀'
  const bodies = ['{"a": 1,\n  "b": "x\\ny"}\r\n', '', exotic, '\ufeff{"bom":true}', `[${'"'.repeat(3_000_000)}]`]
  const bytes = Buffer.from(exotic)
  async function* chunked() {
    for (let index = 0; index < bytes.length; index++) yield bytes.subarray(index, index + 1)
  }
  const receipt = await at.lake.land(write, pagesOf(...bodies, chunked()))
  expect(receipt).toMatchObject({ rowsIn: 6, rowsWritten: 6, rowsQuarantined: 0, replayed: false, status: 'written', batch: write.batch })
  const connection = await at.duck.connect()
  const rows = await connection.rows(`SELECT md5(payload) AS md5 FROM (${await at.lake.scan(connection, 'bronze.assets')}) ORDER BY page`)
  expect(rows.map((row) => row.md5)).toEqual([...bodies, exotic].map((body) => createHash('md5').update(body).digest('hex')))
})

test('the file and its partition are named by the logical time, and the receipt is in the file', async () => {
  const receipt = await at.lake.land(write, pagesOf('{}'))
  expect(receipt.version).toBe(`20261121T033000000Z-${write.batch}.parquet`)
  expect(await landedOn('2026-11-21')).toEqual([receipt.version])
  await expect(at.lake.receipts()).resolves.toEqual([{ ...receipt, replayed: true }])
  const rows = []
  for await (const chunk of at.lake.read('bronze.assets')) rows.push(...chunk)
  expect(rows).toEqual([
    {
      ingested_at: new Date(firstTick + 1_234).toISOString(),
      source: 'test:assets',
      request: 'GET http://localhost/assets',
      page: 1,
      payload: '{}',
      _batch: write.batch,
    },
  ])
})

test('a batch that is there answers with its first receipt and the source is not asked, also under a raised generation', async () => {
  const first = await at.lake.land(write, pagesOf('{"n":1}'))
  for (const generation of [0, 1, 7]) {
    await expect(at.lake.land({ ...write, generation, attempt: 2 }, neverAsked)).resolves.toEqual({ ...first, replayed: true })
  }
})

test('a refetch asks the source again beside the first answer, and the newest generation is what is read', async () => {
  await at.lake.land(write, pagesOf('{"n":1}'))
  const again = { ...write, generation: 1 }
  const second = await at.lake.land(again, pagesOf('{"n":2}', '{"n":3}'), { refetch: true })
  expect(second).toMatchObject({ replayed: false, rowsIn: 2, generation: 1 })
  await expect(at.lake.land(again, neverAsked, { refetch: true })).resolves.toEqual({ ...second, replayed: true })
  await expect(at.lake.land({ ...write, generation: 2 }, neverAsked)).resolves.toEqual({ ...second, replayed: true })
  expect(await payloads()).toEqual(['{"n":2}', '{"n":3}'])
  expect(await landedOn('2026-11-21')).toHaveLength(2)
  expect((await at.lake.receipts('bronze.assets')).map((receipt) => receipt.generation)).toEqual([0, 1])
})

test('a generator that throws after its second page keeps both bodies as rejected, and the dataset stays as it was', async () => {
  await at.lake.land(writeTo('bronze.assets', { tick: firstTick - 1_800_000 }), pagesOf('{"before":true}'))
  async function* failing(): Pages {
    yield page('{"n":1}')
    yield page('{"n":2,\n"shut":"down"}')
    throw sourceErrors.rate_limited('slow down', { facts: { status: 429 }, next: 'Wait.', retryAfterMs: 5_000 })
  }
  const error: unknown = await at.lake.land({ ...write, attempt: 3 }, failing()).catch((thrown: unknown) => thrown)
  const name = `20261121T033000000Z-${write.batch}-a3.ndjson`
  expect(error).toMatchObject({
    code: 'source.rate_limited',
    kind: 'retryable',
    retryAfterMs: 5_000,
    next: 'Wait.',
    facts: { status: 429, rejected: at.lake.storage.locate(`demo/bronze/_rejected/assets/${name}`), rejectedPages: 2 },
  })
  const lines = await rejectedLines(name)
  expect(lines.map((line) => (JSON.parse(line) as { payload: string }).payload)).toEqual(['{"n":1}', '{"n":2,\n"shut":"down"}'])
  expect(await payloads()).toEqual(['{"before":true}'])
  expect(at.spooled('bronze')).toEqual([])
  expect((await at.lake.tables()).map((table) => table.dataset)).toEqual(['demo:lake.bronze.assets'])
})

test('a page is in the spool before the generator is asked for the next one', async () => {
  const seen: string[] = []
  async function* watching(): Pages {
    yield page('{"first":1}')
    const spool = at.spooled('bronze')[0] ?? ''
    seen.push(readFileSync(join(at.lake.storage.scratch('demo/bronze'), spool), 'utf8'))
  }
  await at.lake.land(write, watching())
  expect(seen).toEqual(['{"first":1}'])
})

test('a body that breaks off is kept as far as it came, marked as truncated', async () => {
  async function* broken() {
    yield Buffer.from('{"half":')
    throw sourceErrors.network('connection reset')
  }
  const error = (await at.lake.land(write, pagesOf('{}', broken())).catch((thrown: unknown) => thrown)) as SluiceError
  expect(error.code).toBe('source.network')
  const lines = await rejectedLines(basename(String(error.facts.rejected)))
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([{ payload: '{}' }, { payload: '{"half":', truncated: true }])
})

test('text that is not UTF-8 is refused by name instead of being changed', async () => {
  async function* latin() {
    yield Buffer.from([0x7b, 0xe9, 0x7d])
  }
  await expect(at.lake.land(write, pagesOf(latin()))).rejects.toMatchObject({
    code: 'lake.body_malformed',
    facts: { source: 'test:assets' },
  })
})

test('a source that skips, or is aborted, lands nothing and its own error comes through', async () => {
  async function* skipping(): Pages {
    yield page('{}')
    skip('nothing new')
  }
  await expect(at.lake.land(write, skipping())).rejects.toMatchObject({ name: 'SluiceSkip', message: 'nothing new' })
  const controller = new AbortController()
  async function* aborting(): Pages {
    yield page('{}')
    controller.abort(new Error('timed out'))
    yield page('{}')
  }
  await expect(at.lake.land(write, aborting(), { signal: controller.signal })).rejects.toThrow('timed out')
  expect(await at.lake.tables()).toEqual([])
})

test('no page is an error that says so', async () => {
  await expect(at.lake.land(write, pagesOf())).rejects.toMatchObject({ code: 'lake.batch_empty', kind: 'permanent' })
  await expect(at.lake.history('bronze.assets')).rejects.toMatchObject({ code: 'lake.dataset_unknown' })
})

test('two that land one batch at once give one file, and one answers with the receipt of the other', async () => {
  const gate = Promise.withResolvers<void>()
  let waiting = 0
  async function* meeting(body: string): Pages {
    yield page(body)
    if (++waiting === 2) gate.resolve()
    await gate.promise
  }
  const receipts = await Promise.all([at.lake.land(write, meeting('{"n":1}')), at.lake.land(write, meeting('{"n":2}'))])
  expect(receipts.map((receipt) => receipt.replayed).sort()).toEqual([false, true])
  expect(await landedOn('2026-11-21')).toHaveLength(1)
  expect(await payloads()).toHaveLength(1)
  expect(at.spooled('bronze')).toEqual([])
})

test('credits are summed, asked of the body size after the body was read', async () => {
  async function* priced(): Pages {
    yield page('é'.repeat(10), { credits: (bytes) => bytes })
    yield page('{}', { credits: 3 })
    yield page('{}')
  }
  const receipt = await at.lake.land(write, priced())
  expect([receipt.credits, receipt.received]).toEqual([23, 24])
  await expect(at.lake.receipts()).resolves.toMatchObject([{ credits: 23 }])
})

test('what a killed process left in the spool goes with the next landing, also when another process has its number now', async () => {
  await at.lake.land(writeTo('bronze.assets', { tick: firstTick - 1 }), pagesOf('{}'))
  const leftBy = (mark: string): string => {
    const path = join(at.lake.storage.scratch('demo/bronze'), `assets-x-y-${mark}-00000000-0000-0000-0000-000000000000.bodies`)
    writeFileSync(path, 'half')
    return path
  }
  const [dead, reused, living] = [leftBy('999999999.1'), leftBy(`${process.pid}.1`), leftBy(ownMark())]
  await at.lake.land(write, pagesOf('{}'))
  expect([dead, reused, living].map((path) => existsSync(path))).toEqual([false, process.platform !== 'linux', true])
})

const bulky = Array.from({ length: 12 }, (_, index) => `{"n":${index},"fill":"${'x'.repeat(700_000)}"}`)

test('many bodies lie in row groups of a few, in the order of the pages, so that their lists are unnested a few at a time', async () => {
  const receipt = await at.lake.land(write, pagesOf(...bulky))
  expect(await payloads()).toEqual(bulky)
  expect(at.spooled('bronze')).toEqual([])
  const connection = await at.duck.connect()
  const file = join(at.lake.storage.at('demo/bronze').root, 'assets/date=2026-11-21', receipt.version)
  const groups = await connection.rows<{ rows: number }>(
    `SELECT row_group_num_rows::INTEGER AS rows FROM parquet_metadata('${file}') WHERE path_in_schema = 'payload'`,
  )
  expect(groups.map(({ rows }) => rows)).toEqual([3, 3, 3, 3])
})

test('many bodies are kept as rejected in their order', async () => {
  async function* failing(): Pages {
    for (const body of bulky) yield page(body)
    throw sourceErrors.network('connection reset')
  }
  const error = (await at.lake.land(write, failing()).catch((thrown: unknown) => thrown)) as SluiceError
  const lines = await rejectedLines(basename(String(error.facts.rejected)))
  expect(lines.map((line) => (JSON.parse(line) as { payload: string }).payload)).toEqual(bulky)
  expect(at.spooled('bronze')).toEqual([])
})
