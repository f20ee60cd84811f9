import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDuckDB } from '@sluice/duckdb'
import { type AnswerProcesses, openAnswerProcesses, openLake, openLakes } from '@sluice/lake'
import { createAccess, createApp, inProcessTransport } from '@sluice/serve'
import { type Client, createClient } from '@sluice/serve/client'
import { servicesWith } from '@sluice/serve/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'

const duckdb = openDuckDB({ threads: 1 })
let root: string
let answers: AnswerProcesses
let client: Client

const write = (name: string, batch: string) => ({
  project: 'shop',
  pipeline: 'sales',
  task: 'load',
  run: '1',
  attempt: 1,
  dataset: `shop:lake.silver.${name}`,
  batch: batch.repeat(32),
  generation: 1,
  logicalTime: Date.UTC(2026, 10, 21),
  inputs: [],
})

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sluice-lake-api-'))
  answers = openAnswerProcesses({ place: { folder: root }, scratch: join(root, 'answers'), threads: 1 })
  const lake = openLake({ storage: root, project: 'shop', duckdb: () => duckdb })
  const pages = async function* () {
    yield { source: 'till:v1', request: 'GET /sales', receivedAt: 1_795_228_200_000, body: '{"total":"1.50"}' }
    yield { source: 'till:v1', request: 'GET /sales?page=2', receivedAt: 1_795_228_200_000, body: 'a "quoted", line\nbreak' }
  }
  await lake.land({ ...write('x', 'a'), dataset: 'shop:lake.bronze.sales' }, pages())
  const lakes = openLakes({ storage: root, projects: ['shop', 'other'], duckdb: () => duckdb, answers })
  const app = createApp(servicesWith({ lakes }), {
    access: createAccess('k'.repeat(43)),
    verifyAnswers: true,
  })
  client = createClient(inProcessTransport(app))
})

afterAll(async () => {
  await answers.close()
  ;(await duckdb).close()
})

const text = async (stream: ReadableStream<Uint8Array>): Promise<string> => await new Response(stream).text()

test('lists tables and their history with the project they are of', async () => {
  const { items } = await client.lake.tables()
  expect(items).toMatchObject([{ project: 'shop', dataset: 'shop:lake.bronze.sales', layer: 'bronze', rows: 2, files: 1 }])
  expect((await client.lake.tables({ query: { project: 'other' } })).items).toEqual([])
  expect((await client.lake.history({ query: { dataset: 'bronze.sales' } })).items).toMatchObject([
    { rowsWritten: 2, batch: 'a'.repeat(32) },
  ])
})

test('reads rows as JSON, CSV and Parquet', async () => {
  const read = (format: 'json' | 'csv' | 'parquet', limit?: number) =>
    client.lake.read({ query: { dataset: 'bronze.sales', format, limit } })
  const rows = JSON.parse(await text(await read('json'))) as { payload: string; page: number }[]
  expect(rows.map(({ payload }) => payload)).toEqual(['{"total":"1.50"}', 'a "quoted", line\nbreak'])
  expect(JSON.parse(await text(await read('json', 1)))).toHaveLength(1)
  expect(await text(await read('csv'))).toContain('"a ""quoted"", line\nbreak"')
  const file = join(root, 'out.parquet')
  await writeFile(file, new Uint8Array(await new Response(await read('parquet')).arrayBuffer()))
  const connection = await (await duckdb).connect()
  expect(await connection.value(`SELECT count(*) FROM read_parquet('${file}')`)).toBe(2)
  connection.close()
})

test('what is not there is an error before the first byte', async () => {
  await expect(client.lake.read({ query: { dataset: 'silver.none' } })).rejects.toMatchObject({ code: 'lake.dataset_unknown' })
  await expect(client.lake.read({ query: { dataset: 'other:lake.silver.none' } })).rejects.toMatchObject({ code: 'lake.dataset_unknown' })
  await expect(client.lake.read({ query: { path: join(root, 'nowhere') } })).rejects.toMatchObject({ code: 'lake.dataset_unknown' })
  await expect(client.lake.read({ query: { path: root } })).rejects.toMatchObject({ code: 'lake.dataset_unknown' })
  await expect(client.lake.read({ query: {} })).rejects.toMatchObject({ code: 'request.invalid' })
  await expect(client.lake.tables({ query: { project: 'nope' } })).rejects.toMatchObject({ code: 'not_found' })
})

test('a query answers with typed columns, tells when there is more, and streams out whole as a file', async () => {
  const sql = "SELECT page, payload, TIMESTAMPTZ '2026-11-21 03:30:00+00' AS at FROM bronze.sales ORDER BY page"
  const query = (limit?: number) =>
    client.lake.query({ params: { project: 'shop' }, body: { sql, ...(limit === undefined ? {} : { limit }) } })
  expect(await query(1)).toEqual({
    columns: [
      { name: 'page', type: 'integer' },
      { name: 'payload', type: 'varchar' },
      { name: 'at', type: 'timestamp with time zone' },
    ],
    rows: [[1, '{"total":"1.50"}', '2026-11-21T03:30:00.000Z']],
    truncated: true,
    cutBy: 'limit',
  })
  expect((await query()).truncated).toBe(false)
  const csv = await client.lake.exportQuery({
    params: { project: 'shop' },
    body: { sql: 'SELECT page FROM bronze.sales ORDER BY 1', format: 'csv' },
  })
  expect(await text(csv)).toBe('page\n1\n2\n')
})

test('a query that is wrong, unknown or reaches beyond the lake says so before the first byte', async () => {
  const ask = (sql: string) => client.lake.query({ params: { project: 'shop' }, body: { sql } })
  await expect(ask('SELECT nope FROM bronze.sales')).rejects.toMatchObject({
    code: 'input.invalid',
    message: expect.not.stringContaining('LINE'),
  })
  await expect(ask('SELECT * FROM bronze.sale')).rejects.toMatchObject({ code: 'lake.dataset_unknown', next: 'Did you mean bronze.sales?' })
  const file = client.lake.exportQuery({ params: { project: 'shop' }, body: { sql: "FROM read_text('/etc/passwd')" } })
  await expect(file).rejects.toMatchObject({ code: 'request.denied', facts: { status: 403 } })
  await expect(client.lake.query({ params: { project: 'nope' }, body: { sql: 'SELECT 1' } })).rejects.toMatchObject({ code: 'not_found' })
})

test('exports, verifies and restores; the table that came of it is optimised, vacuumed and restored', async () => {
  const made = await client.lake.export({ body: { dataset: 'gold.sales', project: 'shop', sql: 'SELECT page, payload FROM bronze.sales' } })
  expect(made).toMatchObject({ dataset: 'shop:lake.gold.sales', rows: 2 })
  expect((await client.lake.verify({ body: { dataset: 'gold.sales' } })).items).toMatchObject([{ version: made.version, problems: [] }])
  expect(await client.lake.restoreExport({ body: { dataset: 'gold.sales', into: 'silver.sales' } })).toMatchObject({
    rows: 2,
    version: '1',
  })
  expect(await client.lake.optimize({ body: { dataset: 'silver.sales' } })).toMatchObject({ version: 1, filesAdded: 0 })
  expect(await client.lake.vacuum({ body: { dataset: 'silver.sales', dryRun: true } })).toMatchObject({ deleted: [], retentionHours: 168 })
  expect(await client.lake.restore({ body: { dataset: 'silver.sales', version: 0 } })).toMatchObject({ version: 2, files: 0 })
  await expect(client.lake.restore({ body: { dataset: 'silver.sales' } })).rejects.toMatchObject({ code: 'request.invalid' })
  await expect(client.lake.export({ body: { dataset: 'gold.sales', from: 'bronze.sales' } })).rejects.toMatchObject({
    code: 'request.invalid',
  })
  expect(await client.lake.retain({ params: { project: 'shop' }, body: { dryRun: true } })).toMatchObject({ steps: [], dryRun: true })
})

test('lets go of what the datasets of the project keep no longer', async () => {
  const keeping = async (project: string) => ({
    datasets: { 'bronze.sales': { keep: project === 'shop' ? ('1d' as const) : ('9d' as const) } },
  })
  const keepers = openLakes({ storage: root, projects: ['shop'], duckdb: () => duckdb, answers, keeping })
  const on = async (day: number) => (await keepers.named('shop')).retain({ now: Date.UTC(2026, 10, day), dryRun: true })
  // Nothing was made of it yet, so it is only told.
  expect([(await on(22)).needed, (await on(23)).needed]).toEqual([[], [expect.stringContaining('sales')]])
})
