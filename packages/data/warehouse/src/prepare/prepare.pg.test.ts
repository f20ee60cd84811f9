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

test('the reader reaches no other session, no shared lock and no log of the server, and its queries have a limit of disk', async () => {
  await withSession(prepared.readerUrl, async (reader) => {
    const [other] = await reader.query<{ pid: number }>('select pg_backend_pid() as pid')
    for (const call of [
      `pg_cancel_backend(${other?.pid})`,
      `pg_terminate_backend(${other?.pid})`,
      'count(pg_advisory_lock(i)) from generate_series(1, 3) i',
      'pg_try_advisory_xact_lock_shared(1, 2)',
      "pg_logical_emit_message(false, 'a', repeat('x', 10))",
    ])
      await expect(reader.query(`select ${call}`), call).rejects.toMatchObject({ facts: { sqlstate: '42501' } })
    expect(await reader.query("select current_setting('temp_file_limit') as most")).toEqual([{ most: '2GB' }])
    await expect(reader.query("select set_config('temp_file_limit', '-1', false)")).rejects.toMatchObject({ facts: { sqlstate: '42501' } })
  })
  await withSession(prepared.ownerUrl, (owner) => owner.query('select pg_advisory_xact_lock(1)'))
})

test('a query of the reader ends with whoever asked, without the right to end others', async () => {
  const warehouse = openWarehouse({ database: { url: prepared.ownerUrl }, readerUrl: prepared.readerUrl, project })
  const leaving = new AbortController()
  const asking = warehouse.sqlText('select pg_sleep(600)', { signal: leaving.signal })
  const ended = expect(asking).rejects.toThrow('gone')
  const running = `select count(*)::integer as n from pg_stat_activity where usename = $1 and state = 'active' and query like 'fetch%'`
  const count = () => withSession(server.url('postgres'), (admin) => admin.query(running, [roleName(project, 'reader')]))
  await expect.poll(count, { timeout: 60_000 }).toEqual([{ n: 1 }])
  leaving.abort(new Error('gone'))
  await ended
  await expect.poll(count, { timeout: 60_000 }).toEqual([{ n: 0 }])
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
