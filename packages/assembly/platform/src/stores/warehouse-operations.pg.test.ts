import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import { createAccess, createApp, inProcessTransport } from '@sluice/serve'
import { createClient } from '@sluice/serve/client'
import { servicesWith } from '@sluice/serve/testing'
import { openWarehouses, type ProjectWarehouses } from '@sluice/warehouse'
import { afterAll, beforeAll, expect, test } from 'vitest'

let database: TestDatabase
let folder: string
let warehouses: ProjectWarehouses
let client: ReturnType<typeof createClient>

beforeAll(async () => {
  database = await testDatabase()
  folder = await mkdtemp(join(tmpdir(), 'sluice-warehouse-api-'))
  await mkdir(join(folder, 'queries'))
  await writeFile(
    join(folder, 'queries/words.sql'),
    '-- Words of a length\nselect w from unnest(string_to_array(:words, $$ $$)) w where length(w) = :length;',
  )
  const urls = { ownerUrl: database.url, readerUrl: database.url }
  const setup = {
    project: 'shop',
    timeZone: 'UTC',
    ...urls,
    folder,
    migrations: null,
    queries: join(folder, 'queries'),
    datasets: [],
    keys: [],
  }
  warehouses = openWarehouses({ projects: ['shop'], setupOf: () => Promise.resolve(setup) })
  const app = createApp(servicesWith({ warehouses }), { access: createAccess('k'.repeat(43)), verifyAnswers: true })
  client = createClient(inProcessTransport(app))
})
afterAll(async () => {
  await warehouses.close()
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

const params = { project: 'shop' }

test('the queries of a project are listed and run by name, their parameters bound', async () => {
  const { items } = await client.warehouse.queries({ params })
  expect(items).toMatchObject([{ name: 'words', description: 'Words of a length', params: ['words', 'length'] }])
  const words = { ...params, query: 'words' }
  expect(await client.warehouse.runQuery({ params: words, body: { params: { words: "ab '; c de", length: '2' } } })).toMatchObject({
    rows: [['ab'], ["';"], ['de']],
    truncated: false,
  })
  expect(await client.warehouse.runQuery({ params: words, body: { params: { words: 'a b', length: '1' }, limit: 1 } })).toMatchObject({
    rows: [['a']],
    truncated: true,
  })
  await expect(client.warehouse.runQuery({ params: words, body: { params: { words: 'a' } } })).rejects.toMatchObject({
    code: 'request.invalid',
  })
  await expect(client.warehouse.runQuery({ params: { ...params, query: 'word' }, body: {} })).rejects.toMatchObject({ code: 'not_found' })
})

test('typed SQL takes named parameters too, and without any its colons are its own', async () => {
  expect(await client.warehouse.query({ params, body: { sql: 'select :a as a', params: { a: null } } })).toMatchObject({ rows: [[null]] })
  expect(await client.warehouse.query({ params, body: { sql: "select ('{1,2}'::int[])[1:n] from (select 1 as n) x" } })).toMatchObject({
    rows: [[[1]]],
  })
})

test('a project without migrations has the tables of the platform all the same', async () => {
  await client.warehouse.migrate({ params, body: { direction: 'up' } })
  expect(await client.warehouse.query({ params, body: { sql: 'select count(*) as n from sluice_outbox' } })).toMatchObject({ rows: [[0]] })
})
