import {
  bigint,
  boolean,
  type Columns,
  dataset,
  date,
  decimal,
  double,
  type ExportFormat,
  exportFormats,
  jsonb,
  sql,
  text,
  timestamp,
} from '@sluice/author'
import { refTo, testReading } from '@sluice/author/testing'
import { seedOfRun } from '@sluice/core/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { temporaryLake, writeRows, writeTo } from '../testing/index.ts'

let at: Awaited<ReturnType<typeof temporaryLake>>
beforeEach(async () => {
  at = await temporaryLake()
})
afterEach(() => at.close())

const columns = {
  id: bigint(),
  price: decimal(38, 18),
  ratio: double(),
  word: text(),
  day: date(),
  seen_at: timestamp(),
  flag: boolean(),
} satisfies Columns

/** Rows that formats like to break: 38 digits, NaN, empty text beside NULL, quotes, line ends, microseconds, years before 1970. */
const randomRows = (seed: number, count: number): string =>
  `SELECT CASE WHEN hash(i, ${seed}) % 7 = 0 THEN NULL ELSE 9223372036854775807 - i END::BIGINT AS id,
    (CASE WHEN i % 2 = 0 THEN '-' ELSE '' END || (hash(i, ${seed}) % 100000000000000000000) || '.' || lpad((hash(i + 1, ${seed}) % 1000000000000000000)::VARCHAR, 18, '0'))::DECIMAL(38,18) AS price,
    [0.1, 1e300, -1e-300, 'NaN'::DOUBLE, 'Infinity'::DOUBLE, NULL, 1/3][1 + (hash(i, ${seed + 1}) % 7)::INT] AS ratio,
    [NULL, '', 'null', E'a\\nb\\r\\nc', 'say "hi", \\\\', ' é🎉 ', '""', ','][1 + (hash(i, ${seed + 2}) % 8)::INT] AS word,
    DATE '1900-01-01' + (hash(i, ${seed}) % 100000)::INTEGER AS day,
    TIMESTAMPTZ '1950-01-01 00:00:00.000001+00' + INTERVAL (hash(i, ${seed}) % 4000000000) SECOND AS seen_at,
    [true, false, NULL][1 + (hash(i, ${seed + 3}) % 3)::INT] AS flag FROM range(${count}) t(i)`

async function commit(select: string, count: number, tick = 1): Promise<void> {
  await writeRows(at.lake, { write: writeTo('silver.rows', { tick }), columns, select, count })
}

async function difference(left: string, right: string): Promise<number> {
  const connection = await at.lake.connect()
  const [a, b] = [await at.lake.compile(connection, left), await at.lake.compile(connection, right)]
  const count = await connection.value<number>(
    `SELECT (SELECT count(*) FROM (FROM (${a}) EXCEPT ALL FROM (${b}))) + (SELECT count(*) FROM (FROM (${b}) EXCEPT ALL FROM (${a})))`,
  )
  connection.close()
  return count ?? -1
}

const filesOf = async (name: string, ending: string): Promise<readonly string[]> =>
  (await at.files.walk(`gold/${name}`)).map(({ path }) => path).filter((path) => path.endsWith(ending))
const bytesOf = async (path: string): Promise<Uint8Array> => (await at.files.readBytes(path)) ?? new Uint8Array()

test.each(exportFormats)('what is exported as %s is verified and restored as it was, whatever the values', async (format) => {
  const seed = seedOfRun()
  await commit(randomRows(seed, 500), 500)
  const receipt = await at.lake.export(writeTo('gold.rows'), { from: { dataset: 'silver.rows' }, format })
  expect(receipt).toMatchObject({ rowsWritten: 500, status: 'written', replayed: false })
  expect(await at.lake.verify('gold.rows'), `SLUICE_SEED=${seed}`).toMatchObject([{ version: receipt.version, rows: 500, problems: [] }])
  expect(await at.lake.restoreExport('gold.rows', { into: 'silver.back' })).toMatchObject({ rows: 500, from: receipt.version })
  expect(await difference('FROM silver.rows', 'FROM silver.back'), `SLUICE_SEED=${seed}`).toBe(0)
  expect(await difference('FROM silver.rows', 'FROM gold.rows'), `SLUICE_SEED=${seed}`).toBe(0)
  await at.lake.restoreExport('gold.rows', { into: 'silver.back' })
  expect(await difference('FROM silver.rows', 'FROM silver.back'), `SLUICE_SEED=${seed}`).toBe(0)
})

test('the manifest tells rows, schema, source versions, checksums and the batch', async () => {
  await commit(randomRows(1, 10), 10)
  await commit(randomRows(2, 5), 5, 2)
  const write = writeTo('gold.words')
  await at.lake.export(write, { from: { sql: 'SELECT word, count(*) AS n FROM silver.rows AT (VERSION => 1) GROUP BY word' } })
  expect(await at.lake.exports('gold.words')).toMatchObject([
    {
      dataset: 'demo:lake.gold.words',
      batch: write.batch,
      generation: 0,
      format: 'parquet',
      columns: [
        { name: 'word', type: 'VARCHAR' },
        { name: 'n', type: 'BIGINT' },
      ],
      sources: [{ dataset: 'demo:lake.silver.rows', version: '1' }],
      files: [{ sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }],
    },
  ])
})

test('rows of the warehouse are exported by their declared types', async () => {
  const rows = async function* () {
    yield [{ id: '9223372036854775807', price: '1.000000000000000001', seen_at: 1_795_228_200_001, day: '2026-11-21', body: { a: [1] } }]
    yield [{ id: null, price: null, seen_at: '2026-11-21T03:30:00.000001Z', day: null, body: null }]
  }
  const types = { id: bigint(), price: decimal(38, 18), seen_at: timestamp(), day: date(), body: jsonb() }
  await at.lake.export(writeTo('gold.facts'), { from: { columns: types, rows: rows() }, format: 'csv' })
  const found = []
  for await (const chunk of at.lake.read('gold.facts')) found.push(...chunk)
  expect(found).toEqual([
    { id: '9223372036854775807', price: '1.000000000000000001', seen_at: '2026-11-21T02:30:00.001Z', day: '2026-11-21', body: '{"a":[1]}' },
    { id: null, price: null, seen_at: '2026-11-21T03:30:00.000001Z', day: null, body: null },
  ])
})

test('a batch is exported once: a replay is answered by the first manifest, a higher generation counts in its place, a lower is refused', async () => {
  await commit(randomRows(1, 10), 10)
  const request = { from: { dataset: 'silver.rows' } } as const
  const first = await at.lake.export(writeTo('gold.rows'), request)
  await commit(randomRows(2, 7), 7, 2)
  const both = await Promise.all([at.lake.export(writeTo('gold.rows'), request), at.lake.export(writeTo('gold.rows'), request)])
  expect(both).toMatchObject([first, first].map((each) => ({ ...each, replayed: true })))
  const raced = await Promise.all([1, 2, 3].map(() => at.lake.export(writeTo('gold.rows', { generation: 1 }), request)))
  expect(raced.filter(({ replayed }) => !replayed)).toHaveLength(1)
  expect(await filesOf('rows', '.parquet')).toHaveLength(2)
  await expect(at.lake.export(writeTo('gold.rows'), request)).rejects.toMatchObject({ code: 'lake.conflict' })
  expect(await difference('FROM silver.rows', 'FROM gold.rows')).toBe(0)
  expect(await at.lake.tables()).toContainEqual(
    expect.objectContaining({ dataset: 'demo:lake.gold.rows', kind: 'export', rows: 17, files: 2 }),
  )
  expect((await at.lake.history('gold.rows')).map(({ operation, generation }) => [operation, generation])).toEqual([
    ['EXPORT', 1],
    ['EXPORT', 0],
  ])
  expect(await at.lake.receipts('gold.rows')).toHaveLength(2)
  expect(at.spooled('gold')).toEqual([])
})

const breakages: Readonly<Record<string, { readonly does: (data: string, manifest: string) => Promise<void>; readonly says: string }>> = {
  'a flipped byte': {
    does: async (data) => {
      const bytes = await bytesOf(data)
      bytes[100] = (bytes[100] ?? 0) ^ 1
      await at.put(data, bytes)
    },
    says: 'checksum',
  },
  'a truncated file': { does: async (data) => at.put(data, (await bytesOf(data)).slice(0, 50)), says: '50 bytes in place of' },
  'a missing file': { does: (data) => at.files.delete(data), says: 'missing' },
  'an edited manifest': {
    does: async (_, manifest) => at.put(manifest, ((await at.files.read(manifest)) ?? '').replace('"rows": 10', '"rows": 11')),
    says: 'not as it was written',
  },
  'a truncated manifest': {
    does: async (_, manifest) => at.put(manifest, (await bytesOf(manifest)).slice(0, 20)),
    says: 'not as it was written',
  },
}

test.each(Object.keys(breakages))('%s is found by verify, and restoring it is a named error that writes nothing', async (name) => {
  await commit(randomRows(1, 10), 10)
  for (const format of ['parquet', 'csv'] satisfies ExportFormat[]) {
    await at.lake.export(writeTo(`gold.${format}`), { from: { dataset: 'silver.rows' }, format })
    const [data = '', manifest = ''] = [...(await filesOf(format, `.${format}`)), ...(await filesOf(format, '.json'))]
    await breakages[name]?.does(data, manifest)
    expect(await at.lake.verify(`gold.${format}`)).toMatchObject([{ problems: [expect.stringContaining(breakages[name]?.says ?? '?')] }])
    await expect(at.lake.restoreExport(`gold.${format}`, { into: 'silver.back' })).rejects.toMatchObject({ code: 'lake.corrupt' })
    expect((await at.lake.tables()).map(({ dataset }) => dataset)).not.toContain('demo:lake.silver.back')
  }
})

test('a type that a format cannot hold, a dataset of another layer and an unknown export are named', async () => {
  await expect(at.lake.export(writeTo('gold.x'), { from: { sql: 'SELECT [1] AS list' }, format: 'csv' })).rejects.toMatchObject({
    code: 'input.invalid',
    message: expect.stringContaining('list'),
  })
  await expect(at.lake.export(writeTo('silver.x'), { from: { sql: 'SELECT 1' } })).rejects.toMatchObject({ code: 'input.invalid' })
  await expect(at.lake.verify('gold.x')).rejects.toMatchObject({ code: 'lake.dataset_unknown' })
  await expect(at.lake.restoreExport('gold.x', { into: 'silver.x' })).rejects.toMatchObject({ code: 'lake.dataset_unknown' })
})

test('a statement of a step is exported at the versions that it reads', async () => {
  await commit(randomRows(1, 10), 10)
  const first = (await at.lake.receipts('silver.rows'))[0]
  await commit(randomRows(2, 5), 5, 2)
  const rows = dataset('silver.rows', { on: 'lake', columns })
  const reading = testReading([rows], { batches: { [rows.id]: first === undefined ? [] : [refTo('lake', first)] } })
  await at.lake.export(writeTo('gold.words'), { from: { statement: sql`select word from ${rows}`, reading } })
  expect(await at.lake.exports('gold.words')).toMatchObject([
    { rows: 10, columns: [{ name: 'word', type: 'VARCHAR' }], sources: [{ dataset: 'demo:lake.silver.rows', version: '1' }] },
  ])
})

test('a file is put as it is, once, with a manifest by which it is verified, listed, read and kept as an export is', async () => {
  const text = 'RAPPORT\nBTC é 🎉 "1.5"\n'
  const put = (generation = 0, content: string | Uint8Array = text) =>
    at.lake.put(writeTo('gold.reports', { generation }), { content, type: 'text/plain' })
  const first = await put()
  expect(first).toMatchObject({ status: 'written', rowsIn: 1, rowsWritten: 1, replayed: false, bytes: Buffer.byteLength(text) })
  expect(await put(0, 'another text')).toEqual({ ...first, replayed: true })
  const [file = ''] = await filesOf('reports', '.txt')
  expect(Buffer.from(await bytesOf(file)).toString()).toBe(text)
  expect(await at.lake.exports('gold.reports')).toMatchObject([{ format: 'text/plain', rows: 1, sources: [] }])
  expect(await at.lake.verify('gold.reports')).toMatchObject([{ rows: 1, problems: [] }])
  const read = async () => {
    const found = []
    for await (const chunk of at.lake.read('gold.reports')) found.push(...chunk)
    return found
  }
  expect(await read()).toEqual([{ content: text }])
  await put(1, 'corrected')
  expect(await read()).toEqual([{ content: 'corrected' }])
  await expect(put(0)).rejects.toMatchObject({ code: 'lake.conflict' })
  expect((await at.lake.receipts('gold.reports')).map(({ generation }) => generation)).toEqual([0, 1])
  await at.put(file, text.replace('BTC', 'ETH'))
  expect((await at.lake.verify('gold.reports')).map(({ problems }) => problems.length)).toEqual([1, 0])
})

test('bytes are put under a type of bytes, and refused under one of text', async () => {
  const bytes = new Uint8Array([0xff, 0xfe, 0, 1])
  await at.lake.put(writeTo('gold.pdf'), { content: bytes, type: 'application/pdf' })
  expect(new Uint8Array(await bytesOf((await filesOf('pdf', '.pdf'))[0] ?? ''))).toEqual(bytes)
  expect(await at.lake.verify('gold.pdf')).toMatchObject([{ problems: [] }])
  await expect(at.lake.put(writeTo('gold.text'), { content: bytes, type: 'text/plain' })).rejects.toMatchObject({ code: 'input.invalid' })
  expect(at.spooled('gold')).toEqual([])
})
