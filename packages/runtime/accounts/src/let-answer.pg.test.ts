import { ensureRole, openPool, type Pool, quoteIdentifier, urlFor } from '@sluice/postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { letAnswer } from './let-answer.ts'
import { openTestUsers } from './testing/index.ts'
import { type UsersOnPostgres, usersOnPostgres } from './testing/users-on-postgres.ts'

let database: UsersOnPostgres
let role: string
let url: string
let own: Pool
beforeAll(async () => {
  database = await usersOnPostgres()
  const name = new URL(database.url).pathname.slice(1)
  role = `${name}_http`
  await ensureRole(database.url, { name: role, password: 'of a test' })
  await letAnswer(database.url, role)
  await Promise.all([letAnswer(database.url, role), letAnswer(database.url, role)])
  url = urlFor(database.url, name, { user: role, password: 'of a test' })
  own = openPool(url, { max: 1 })
})
afterAll(async () => {
  await own.end()
  await database.pool.query(`drop owned by ${quoteIdentifier(role)}; drop role ${quoteIdentifier(role)}`)
  await database[Symbol.asyncDispose]()
})

const call = {
  call: '6f2a8a0e-6d0a-4c5e-9d3b-0f6a1b2c3d4e',
  actor: 'user:ada',
  address: '::1',
  action: 'pipelines.change',
  project: 'shop',
  target: '/pipelines/sales',
  details: {},
} as const

test('users, tokens, sessions and the audit are served by the role, the rows of the audit being added and completed alone', async () => {
  const users = await openTestUsers(url, { upToDate: true })
  const password = 'correct horse battery'
  await users.create({ username: 'ada', firstName: 'Ada', lastName: 'Lovelace', email: 'ada@example.org', role: 'viewer', password })
  await users.change('ada', { role: 'editor', password })
  await users.grant('ada', 'shop', 'admin')
  await users.grant('ada', 'shop', 'viewer')
  await users.revoke('ada', 'shop')
  const { token } = await users.createToken({ username: 'ada', name: 'ci', role: 'viewer', projects: null, expiresAt: Date.now() + 60_000 })
  expect(await users.byToken(token)).toMatchObject({ state: 'valid' })
  const session = (await users.verify('ada', password))?.session ?? ''
  expect(await users.bySession(session)).toMatchObject({ username: 'ada' })
  expect(await users.endSession('mark', Date.now() + 60_000)).toBe(true)
  expect(await users.sessionEnded('mark')).toBe(true)
  const count = { counter: 'pair', key: 'digest', tries: 2, at: 60_000 } as const
  await users.keepSignInCounts([count, { counter: 'known', key: 'digest', tries: 1, at: 30_000 }], { failures: 0, known: 0 })
  await users.keepSignInCounts([{ ...count, tries: 3 }], { failures: 0, known: 0 })
  expect(await users.signInCounts()).toEqual([
    { counter: 'known', key: 'digest', tries: 1, at: 30_000 },
    { ...count, tries: 3 },
  ])
  // Failures that are too old go, and so does what is forgotten; who is known stays longer.
  await users.keepSignInCounts([{ ...count, key: 'other' }], { failures: 90_000, known: 0 })
  await users.keepSignInCounts([{ ...count, key: 'other', tries: 0 }], { failures: 0, known: 0 })
  expect(await users.signInCounts()).toEqual([{ counter: 'known', key: 'digest', tries: 1, at: 30_000 }])
  await users.revokeToken('ada', 'ci')
  await users.remove('ada')
  await users.writeAudit(call, 'begun')
  await users.writeAudit(call, 'done')
  await users.writeAudit(call, 'refused', { reason: 'told again' })
  expect(await users.audit({ limit: 10 })).toMatchObject([{ action: 'pipelines.change', outcome: 'done', reason: null }])
  await users.close()
})

test('nothing else: no row of the audit is changed, removed or written past its function, and no table is made', async () => {
  for (const statement of [
    "update sluice_accounts.audit set outcome = 'done'",
    'delete from sluice_accounts.audit',
    'truncate sluice_accounts.audit',
    `insert into sluice_accounts.audit (call, actor, address, action, target, outcome)
     values (gen_random_uuid(), 'owner', '', 'login', '', 'done')`,
    'alter table sluice_accounts.audit disable trigger all',
    'drop table sluice_accounts.audit',
    'create table sluice_accounts.own (n int)',
    'create or replace function sluice_accounts.own() returns int language sql as $$ select 1 $$',
    'drop function sluice_accounts.write_audit',
    'select * from sluice_accounts.sluice_migrations',
  ])
    await expect(own.query(statement), statement).rejects.toMatchObject({ facts: { sqlstate: '42501' } })
})

test('what runs with the rights of its owner names the path on which it looks for functions', async () => {
  const [row] = await database.pool.query<{ functions: number; open: number }>(
    `select count(*)::int as functions, count(*) filter (where not coalesce(proconfig, '{}') @> array['search_path=pg_catalog, pg_temp'])::int as open
     from pg_proc where pronamespace = 'sluice_accounts'::regnamespace and prosecdef`,
  )
  expect(row).toEqual({ functions: 1, open: 0 })
})
