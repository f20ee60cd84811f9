import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { bigint, decimal, text } from '@sluice/author'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLake } from '../index.ts'
import { onLocalDisk, temporaryLake } from '../testing/index.ts'

let at: Awaited<ReturnType<typeof temporaryLake>>
const put = (path: string, content: string | Uint8Array): Promise<void> => at.put(`bronze/${path}`, content)
beforeAll(async () => {
  at = await temporaryLake()
  for (const day of [19, 20, 21]) {
    await put(`events/date=2026-11-${day}/part.jsonl`, `{"id":${day},"price":"1.${day}"}\n`)
    await put(`logs/year=2026/month=11/day=${day}/part.csv`, `id,word\n${day},w${day}\n`)
    await put(`old/year=2026/month=11/day=${day}/shop=a%20b/empty.json`, `{"id":${day}}`)
  }
  await put('events/_SUCCESS', '')
  await put('events/date=2026-11-21/.part.jsonl.crc', 'x')
  const connection = await at.lake.connect()
  mkdirSync(at.files.root, { recursive: true })
  for (const day of [19, 20, 21]) {
    const file = join(at.files.root, 'x.parquet')
    await connection.run(`COPY (SELECT ${day} AS id) TO '${file}' (FORMAT parquet)`)
    await put(`metrics/date=2026-11-${day}/x.parquet`, readFileSync(file))
    rmSync(file)
  }
  connection.close()
})
afterAll(() => at.close())

async function ask(sql: string, lake = at.lake) {
  const rows = []
  for await (const chunk of lake.sql(sql)) rows.push(...chunk)
  return rows
}

test('folders that others wrote are datasets, their partitions typed columns', async () => {
  expect(await ask('SELECT id, date, typeof(date) AS t FROM bronze.events ORDER BY id LIMIT 1')).toEqual([
    { id: 19, date: '2026-11-19', t: 'DATE' },
  ])
  expect(await ask('SELECT id, word, make_date(year, month, day) AS d FROM bronze.logs WHERE day = 20')).toEqual([
    { id: 20, word: 'w20', d: '2026-11-20' },
  ])
  expect(await ask("SELECT sum(id)::INT AS s FROM bronze.metrics WHERE date >= DATE '2026-11-20'")).toEqual([{ s: 41 }])
  expect(await ask('SELECT DISTINCT shop FROM bronze.old')).toEqual([{ shop: 'a b' }])
})

test.runIf(onLocalDisk())('declared columns are exact, and a declared folder may lie anywhere', async () => {
  const declared = {
    path: join(at.root, 'demo', 'bronze', 'events'),
    format: 'json' as const,
    columns: { id: bigint(), price: decimal(38, 18), more: text() },
  }
  const lake = openLake({ storage: at.lake.storage, project: 'other', duckdb: async () => at.duck, folders: { 'bronze.feed': declared } })
  expect(await ask("SELECT price, more FROM bronze.feed WHERE date = '2026-11-20'", lake)).toEqual([
    { price: '1.200000000000000000', more: null },
  ])
})

test('an interval keeps files of other days closed', async () => {
  const connection = await at.lake.connect()
  const scan = (dataset: string) =>
    at.lake.scan(connection, dataset, { interval: { start: Date.UTC(2026, 10, 20), end: Date.UTC(2026, 10, 21) } })
  for (const dataset of ['bronze.events', 'bronze.logs', 'bronze.metrics']) {
    expect(await connection.rows(`SELECT id FROM (${await scan(dataset)})`)).toEqual([{ id: 20 }])
    expect(await scan(dataset)).not.toMatch(/11-21|day=21/)
  }
  const none = await at.lake.scan(connection, 'bronze.events', { interval: { start: 0, end: 1 } })
  expect(await connection.rows(`SELECT id, date FROM (${none})`)).toEqual([])
  connection.close()
})

test('files of two schemes in one folder are refused by name', async () => {
  await put('mixed/date=2026-11-20/a.csv', 'a\n1\n')
  await put('mixed/b.csv', 'a\n1\n')
  await expect(ask('SELECT * FROM bronze.mixed')).rejects.toMatchObject({
    code: 'input.invalid',
    message: expect.stringContaining('bronze.mixed'),
  })
})
