import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dropDatabase, ensureDatabase, ensureRole, scramVerifier } from './admin.ts'
import { withSession } from './connection.ts'
import { startTestServer, type TestServer } from './testing/server.ts'

const name = `sluice_test_admin_${randomUUID().slice(0, 8)} "odd"`
const password = "it's a \\ pass%word"
let server: TestServer
let admin: string

beforeAll(async () => {
  server = await startTestServer()
  admin = server.url('postgres')
})

afterAll(async () => {
  await dropDatabase(admin, name)
  await withSession(admin, (session) => session.query(`drop role if exists "${name.replaceAll('"', '""')}"`))
})

test('the verifier is the one of RFC 7677s example', () => {
  const verifier = scramVerifier('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'))
  expect(verifier).toBe(
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  )
})

test('role and database are made once, also by several at once, and only the owner gets in', async () => {
  const made = await Promise.all([1, 2, 3].map(() => ensureRole(admin, { name, password, connectionLimit: 5 })))
  expect(made.filter(Boolean)).toHaveLength(1)
  const databases = await Promise.all([1, 2, 3].map(() => ensureDatabase(admin, name, { owner: name })))
  expect(databases.filter(Boolean)).toHaveLength(1)
  const [role] = await withSession(server.url(name, { user: name, password }), (session) =>
    session.query(
      `select current_user as name, rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls as mighty from pg_roles where rolname = current_user`,
    ),
  )
  expect(role).toEqual({ name, mighty: false })
  const stranger = `${name.slice(0, 20)}_x`
  await ensureRole(admin, { name: stranger, password })
  await expect(withSession(server.url(name, { user: stranger, password }), async () => undefined)).rejects.toMatchObject({
    code: 'postgres.failed',
    facts: { sqlstate: '42501' },
  })
  await withSession(admin, (session) => session.query(`drop role "${stranger}"`))
})

test('a role that may not create a database is told the statement that an administrator has to run', async () => {
  const limited = `${name.slice(0, 20)}_limited`
  await ensureRole(admin, { name: limited, password })
  const url = server.url('postgres', { user: limited, password })
  await expect(ensureDatabase(url, 'sluice_absent')).rejects.toMatchObject({
    code: 'config.missing',
    message: `there is no database sluice_absent, and ${limited} may not create one`,
    next: `As an administrator: create database "sluice_absent" owner "${limited}" encoding 'UTF8'; or alter role "${limited}" createdb.`,
  })
  await expect(ensureDatabase(url, 'sluice_absent', { forAMoment: true })).rejects.toMatchObject({
    code: 'config.missing',
    next: `As an administrator: alter role "${limited}" createdb. Or try it where SLUICE_DATABASE_URL is not set, on the embedded PostgreSQL.`,
  })
  await withSession(admin, (session) => session.query(`drop role "${limited}"`))
})

test('an existing role gets the new password and loses rights it should not have', async () => {
  await ensureRole(admin, { name, password })
  await withSession(admin, (session) => session.query(`alter role "${name.replaceAll('"', '""')}" createdb`))
  expect(await ensureRole(admin, { name, password: 'new one' })).toBe(false)
  await expect(withSession(server.url('postgres', { user: name, password }), async () => undefined)).rejects.toMatchObject({
    facts: { sqlstate: '28P01' },
  })
  const [role] = await withSession(server.url('postgres', { user: name, password: 'new one' }), (session) =>
    session.query('select rolcreatedb as createdb from pg_roles where rolname = current_user'),
  )
  expect(role).toEqual({ createdb: false })
})

test('dropping a database that is in use ends its sessions', async () => {
  await ensureDatabase(admin, name)
  await withSession(server.url(name), async (session) => {
    await dropDatabase(admin, name)
    await expect(session.query('select 1')).rejects.toMatchObject({ code: 'postgres.unavailable' })
  })
})
