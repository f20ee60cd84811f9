import { dropDatabase, withSession } from '@sluice/postgres'
import { startTestServer, type TestServer, testDatabase } from '@sluice/postgres/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migratePlatform, openWarehouse, type PreparedWarehouse, prepareWarehouse, roleName } from '../index.ts'

const project = `prepare-${process.pid}`
const database = `sluice_${project}`
let server: TestServer
let prepared: PreparedWarehouse

beforeAll(async () => {
  server = await startTestServer()
  prepared = await prepareWarehouse({ adminUrl: server.url('postgres'), database, project })
})
afterAll(async () => {
  await dropDatabase(server.url('postgres'), database)
  await withSession(server.url('postgres'), async (session) => {
    await session.query(`drop role "${roleName(project, 'owner')}"`)
    await session.query(`drop role "${roleName(project, 'reader')}"`)
  })
})

test('the owner migrates and loads, the reader sees what was created later and changes nothing', async () => {
  await migratePlatform(prepared.ownerUrl)
  await withSession(prepared.ownerUrl, (owner) => owner.query('create schema market; create table market.coins as select 1 as id'))
  await withSession(prepared.readerUrl, async (reader) => {
    expect(await reader.query('select id from market.coins')).toEqual([{ id: 1 }])
    expect(await reader.query('select * from sluice_loads')).toEqual([])
    expect(await reader.query('select * from sluice_runs')).toEqual([])
    await expect(reader.query('insert into market.coins values (2)')).rejects.toMatchObject({ facts: { sqlstate: '25006' } })
    await reader.query('set default_transaction_read_only = off')
    for (const statement of [
      'insert into market.coins values (2)',
      'delete from sluice_runs',
      'create table t (a int)',
      "select pg_read_file('/etc/passwd')",
      'create role x',
      "select xpath('/a', '<a/>')",
      "select query_to_xml('select 1', true, true, '')",
      "select xmlcomment('a')",
      "select pg_input_is_valid('<a>', 'xml')",
      "select xml_is_well_formed('<a/>')",
    ])
      await expect(reader.query(statement), statement).rejects.toMatchObject({ facts: { sqlstate: '42501' } })
  })
  await withSession(prepared.ownerUrl, async (owner) =>
    expect(await owner.query("select xml_is_well_formed('<a/>') as well")).toEqual([{ well: true }]),
  )
  const warehouse = openWarehouse({ database: { url: prepared.ownerUrl }, readerUrl: prepared.readerUrl, project })
  await warehouse.ping()
  for (const statement of ["select xmlparse(document '<a/>')", "select '<a/>'::xml", 'explain select xmlelement(name a)'])
    await expect(warehouse.sqlText(statement), statement).rejects.toMatchObject({ code: 'request.denied' })
  expect((await warehouse.sqlText('select current_user::text')).rows).toEqual([[roleName(project, 'reader')]])
  await warehouse.close()
})

test('another database of the server is closed to both roles', async () => {
  await using other = await testDatabase()
  await withSession(server.url('postgres'), (admin) => admin.query(`revoke all on database "${other.name}" from public`))
  for (const url of [prepared.ownerUrl, prepared.readerUrl]) {
    const there = new URL(url)
    there.pathname = `/${other.name}`
    await expect(withSession(there.href, (session) => session.query('select 1'))).rejects.toMatchObject({ facts: { sqlstate: '42501' } })
  }
})

test('preparing again with the kept passwords changes nothing', async () => {
  const { passwords } = prepared
  if (passwords === undefined) throw new Error('the first preparation gave passwords')
  expect(await prepareWarehouse({ adminUrl: server.url('postgres'), database, project, passwords })).toEqual(prepared)
})

test('a URL that may not create roles is used for both, with a note', async () => {
  const plain = await prepareWarehouse({ adminUrl: prepared.ownerUrl, database, project: 'other' })
  expect(plain).toMatchObject({
    ownerUrl: prepared.ownerUrl,
    readerUrl: prepared.ownerUrl,
    notes: [expect.stringContaining('may not create roles')],
  })
})

test('a server that is not there is retryable', async () => {
  const warehouse = openWarehouse({ database: { url: 'postgres://nobody:x@127.0.0.1:1/none' }, project })
  await expect(warehouse.ping()).rejects.toMatchObject({ code: 'warehouse.unavailable', kind: 'retryable' })
  await warehouse.close()
})
