import { randomUUID } from 'node:crypto'
import { quoteIdentifier, urlFor, withSession } from '@sluice/postgres'
import { serversForTests, type TestServer } from '@sluice/postgres/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { migratePlatform, type PreparedWarehouse, prepareWarehouse, roleName } from '../index.ts'

const { servers, absent } = await serversForTests()
for (const reason of absent) test.skip(reason)

const shortId = (): string => randomUUID().slice(0, 8)

describe.each(servers)('PostgreSQL $major', ({ start }) => {
  let server: TestServer
  beforeAll(async () => {
    server = await start()
  })
  const admin = (statement: string, database = 'postgres') => withSession(server.url(database), (session) => session.query(statement))

  /** Roles and databases of a test. What they leave goes with the server. */
  async function caller(rights: string) {
    const name = `x${shortId()}`
    await admin(`create role ${name} login ${rights} password 'secret'`)
    return { name, project: `p-${name}`, database: `db_${name}`, adminUrl: server.url('postgres', { user: name, password: 'secret' }) }
  }

  /** As a project does at a start: migrates, makes a table. The second time it is there. */
  async function starts(prepared: PreparedWarehouse, nth: number): Promise<void> {
    await migratePlatform(prepared.ownerUrl)
    await withSession(prepared.ownerUrl, async (owner) => {
      if (nth === 1) await owner.query('create schema market; create table market.coins (id int); create table coins (id int)')
      await owner.query('insert into market.coins values (1); insert into coins values (1)')
    })
  }

  async function readsOnly(prepared: PreparedWarehouse, rows: number): Promise<void> {
    await withSession(prepared.readerUrl, async (reader) => {
      expect(await reader.query('select count(*) as n from market.coins join coins using (id)')).toEqual([{ n: rows * rows }])
      await reader.query('set default_transaction_read_only = off')
      for (const statement of ['delete from market.coins', 'delete from coins', 'create table more (id int)', 'delete from sluice_loads'])
        await expect(reader.query(statement), statement).rejects.toMatchObject({ facts: { sqlstate: '42501' } })
    })
  }

  const ownerOf = ({ ownerUrl }: PreparedWarehouse): string => decodeURIComponent(new URL(ownerUrl).username)

  test.each(['superuser', 'createrole createdb'])('with %s the reader keeps apart at the first and at later starts', async (rights) => {
    const { project, database, adminUrl } = await caller(rights)
    const first = await prepareWarehouse({ adminUrl, database, project })
    expect(first.notes).toEqual([])
    expect(ownerOf(first)).toBe(roleName(project, 'owner'))
    await starts(first, 1)
    await readsOnly(first, 1)
    const { passwords } = first
    if (passwords === undefined) throw new Error('the first start gave passwords')
    const later = await Promise.all([1, 2, 3].map(() => prepareWarehouse({ adminUrl, database, project, passwords })))
    for (const each of later) expect(each).toEqual(first)
    await starts(first, 2)
    await readsOnly(first, 2)
    const [open] = await admin(`select has_database_privilege('public', '${database}', 'connect') as open`)
    expect(open).toEqual({ open: false })
  })

  test('with createrole alone a database that an administrator has made for it is used with both roles', async () => {
    const { name, project, database, adminUrl } = await caller('createrole')
    await expect(prepareWarehouse({ adminUrl, database, project })).rejects.toMatchObject({
      code: 'config.missing',
      next: expect.stringContaining(`create database "${database}" owner "${name}"`),
    })
    await admin(`create database ${database} owner ${name}`)
    for (const start of [1, 2]) {
      const prepared = await prepareWarehouse({ adminUrl, database, project })
      expect([ownerOf(prepared), prepared.notes]).toEqual([roleName(project, 'owner'), []])
      await starts(prepared, start)
      await readsOnly(prepared, start)
    }
  })

  test('in a database of somebody else that it may fill, the caller loads and the reader keeps apart', async () => {
    const { name, project, database, adminUrl } = await caller('createrole')
    await admin(`create database ${database}`)
    await expect(prepareWarehouse({ adminUrl, database, project })).rejects.toMatchObject({
      code: 'config.invalid',
      next: expect.stringContaining(`alter database "${database}" owner to "${name}"`),
    })
    await admin(`grant create on database ${database} to ${name}`)
    await admin(`grant create on schema public to ${name}`, database)
    for (const start of [1, 2]) {
      const prepared = await prepareWarehouse({ adminUrl, database, project })
      expect(ownerOf(prepared)).toBe(name)
      expect(prepared.notes).toEqual([expect.stringContaining('loads use the rights of')])
      await starts(prepared, start)
      await readsOnly(prepared, start)
    }
  })

  test('a role that gets CREATEROLE later keeps its tables, and its queries keep apart from then on', async () => {
    const { name, project, database, adminUrl } = await caller('createdb')
    const first = await prepareWarehouse({ adminUrl, database, project })
    expect([first.readerUrl, first.notes]).toEqual([first.ownerUrl, [expect.stringContaining('may not create roles')]])
    await starts(first, 1)
    await admin(`alter role ${name} createrole`)
    const second = await prepareWarehouse({ adminUrl, database, project })
    expect(ownerOf(second)).toBe(name)
    await starts(second, 2)
    await readsOnly(second, 2)
  })

  test('roles that a failed start has left are taken up with the password at hand, those of somebody else are named', async () => {
    const { name, project, database, adminUrl } = await caller('createrole createdb')
    await withSession(adminUrl, async (session) => {
      await session.query(`create role ${roleName(project, 'owner')} login password 'forgotten'`)
      await session.query(`create role ${roleName(project, 'reader')} nologin`)
    })
    const prepared = await prepareWarehouse({ adminUrl, database, project })
    await starts(prepared, 1)
    await readsOnly(prepared, 1)
    const other = await caller('createrole createdb')
    await admin(`create role ${roleName(other.project, 'owner')} login`)
    await expect(prepareWarehouse(other)).rejects.toMatchObject({
      code: 'config.invalid',
      next: expect.stringContaining(`grant "${roleName(other.project, 'owner')}" to "${other.name}" with admin option`),
    })
    await admin(`grant ${roleName(other.project, 'owner')} to ${other.name} with admin option, inherit true, set true`)
    await starts(await prepareWarehouse(other), 1)
    expect(name).not.toBe(other.name)
  })

  test('sessions of people have the zone of the project, and follow when it changes', async () => {
    const zoneOf = async (name: string): Promise<unknown[]> =>
      await admin(`select setconfig from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase
        where datname = '${name}' and setconfig::text ilike '%timezone%'`)
    const own = await caller('createrole createdb')
    for (const timeZone of ['Asia/Kolkata', 'America/New_York']) {
      await prepareWarehouse({ ...own, timeZone })
      expect(await zoneOf(own.database)).toEqual([{ setconfig: [`TimeZone=${timeZone}`] }])
    }
    await expect(prepareWarehouse({ ...own, timeZone: 'Nowhere/City' })).rejects.toMatchObject({
      code: 'config.invalid',
      message: expect.stringContaining('Nowhere/City'),
    })
    const guest = await caller('createrole')
    await admin(`create database ${guest.database}`)
    await admin(`grant create on database ${guest.database} to ${guest.name}`)
    for (const timeZone of ['Asia/Kolkata', 'Europe/Paris']) {
      await prepareWarehouse({ ...guest, timeZone })
      expect(await zoneOf(guest.database)).toEqual([{ setconfig: ['default_transaction_read_only=on', `TimeZone=${timeZone}`] }])
    }
  })

  test('a database in LATIN1 or SQL_ASCII is refused by name, and one that is made is in UTF8', async () => {
    for (const encoding of ['LATIN1', 'SQL_ASCII']) {
      const name = `db_${shortId()}`
      await admin(`create database ${name} encoding '${encoding}' locale_provider libc locale 'C' template template0`)
      const refusal = { code: 'config.invalid', message: expect.stringContaining(`${name} is encoded in ${encoding}`) }
      const asked = prepareWarehouse({ adminUrl: server.url('postgres'), database: name, project: `p-${name}` })
      await expect(asked).rejects.toMatchObject(refusal)
      await expect(migratePlatform(server.url(name))).rejects.toMatchObject(refusal)
      await admin(`drop database ${quoteIdentifier(name)}`)
    }
    const { database } = await caller('')
    const { ownerUrl } = await prepareWarehouse({ adminUrl: server.url('postgres'), database, project: database.replaceAll('_', '-') })
    expect(await withSession(urlFor(ownerUrl, database), (session) => session.query('show server_encoding'))).toMatchObject([
      { server_encoding: 'UTF8' },
    ])
  })
})
