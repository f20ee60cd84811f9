import type { Pool } from '@sluice/postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Users } from './open-users.ts'
import { type UsersOnPostgres, usersOnPostgres } from './testing/users-on-postgres.ts'
import type { NewToken } from './tokens.ts'

let database: UsersOnPostgres
let pool: Pool
let users: Users
beforeAll(async () => {
  database = await usersOnPostgres()
  pool = database.pool
  users = database.users
  await users.create({ username: 'ada', firstName: 'A', lastName: 'L', email: 'a@example.org', role: 'editor', password: 'correct horse' })
})
afterAll(async () => {
  await database[Symbol.asyncDispose]()
})

const day = 86_400_000
const make = (more: Partial<NewToken> = {}) =>
  users.createToken({ username: 'ada', name: 'ci', role: 'editor', projects: null, expiresAt: Date.now() + day, ...more })
const grantsOf = async (token: string) => {
  const found = await users.byToken(token)
  return found.state === 'valid' ? [...found.grants] : found.state
}

test('a token is shown once; the database has its digest, and lists do not hold it', async () => {
  const { token, ...made } = await make()
  expect(token).toMatch(/^sluice_pat_[\w-]{12}\.[\w-]{43}$/)
  expect(made).toMatchObject({ username: 'ada', name: 'ci', role: 'editor', projects: null, usedAt: null })
  expect(await users.tokens('ADA')).toEqual([made])
  const [rows] = await pool.query<{ all: string }>('select json_agg(t)::text as all from sluice_accounts.token t')
  expect(rows?.all).not.toContain(token.split('.')[1])
  expect(await users.byToken(token)).toMatchObject({ state: 'valid', name: 'ci', user: { username: 'ada' } })
  expect((await users.tokens())[0]?.usedAt).toBeGreaterThanOrEqual(made.createdAt)
  await users.revokeToken('ada', 'ci')
})

test('a token may never do more than its user may at that moment', async () => {
  const { token } = await make({ role: 'admin' })
  expect(await grantsOf(token)).toEqual([['*', 'editor']])
  await users.change('ada', { role: 'none' })
  await users.grant('ada', 'shop', 'admin')
  expect(await grantsOf(token)).toEqual([['shop', 'admin']])
  await users.revoke('ada', 'shop')
  expect(await grantsOf(token)).toEqual([])
  await users.change('ada', { role: 'editor' })
  await users.revokeToken('ada', 'ci')
})

test('a token may do less than its user: a lower role, in fewer projects', async () => {
  const { token } = await make({ role: 'viewer', projects: ['shop'] })
  expect(await grantsOf(token)).toEqual([['shop', 'viewer']])
  await users.revokeToken('ada', 'ci')
})

test('a revoked, an expired and a changed token, and that of a user who is disabled or gone, are worth nothing', async () => {
  const { token } = await make()
  for (const wrong of [
    `${token}x`,
    token.slice(0, -1),
    `${token}.x`,
    token.replace('sluice_pat_', ''),
    'sluice_pat_',
    'sluice_pat_a.b',
    '',
  ]) {
    expect([wrong, await grantsOf(wrong)]).toEqual([wrong, 'unknown'])
  }
  await users.change('ada', { disabled: true })
  expect(await grantsOf(token)).toBe('unknown')
  await users.change('ada', { disabled: false })
  expect(await grantsOf(token)).toEqual([['*', 'editor']])
  await pool.execute("update sluice_accounts.token set expires_at = now() - interval '1 ms'")
  expect(await grantsOf(token)).toBe('expired')
  await users.revokeToken('ada', 'ci')
  expect(await grantsOf(token)).toBe('unknown')
  await users.create({ username: 'eve', firstName: 'A', lastName: 'L', email: 'a@example.org', role: 'viewer', password: 'correct horse' })
  const { token: left } = await make({ username: 'eve' })
  await users.remove('eve')
  await users.create({ username: 'eve', firstName: 'A', lastName: 'L', email: 'a@example.org', role: 'admin', password: 'correct horse' })
  expect(await grantsOf(left)).toBe('unknown')
})

test('a token that is made twice, of nobody, without an end or with a name that is none is refused', async () => {
  await make({ name: 'twice' })
  await expect(make({ name: 'twice' })).rejects.toMatchObject({ code: 'request.invalid', message: 'ada has a token twice already' })
  await expect(make({ username: 'nobody' })).rejects.toMatchObject({ code: 'not_found' })
  for (const wrong of [{ name: 'A b' }, { name: '' }, { expiresAt: Date.now() - 1 }, { expiresAt: Date.now() + 400 * day }]) {
    await expect(make({ ...wrong })).rejects.toMatchObject({ code: 'request.invalid' })
  }
  await expect(users.revokeToken('ada', 'other')).rejects.toMatchObject({ code: 'not_found' })
})

test('a role in one project is given, changed and taken back; it stands in the list of users', async () => {
  await users.create({ username: 'bob', firstName: 'A', lastName: 'L', email: 'a@example.org', role: 'none', password: 'correct horse' })
  await users.grant('BOB', 'shop', 'viewer')
  expect((await users.grant('bob', 'shop', 'editor')).projects).toEqual({ shop: 'editor' })
  expect((await users.list()).find(({ username }) => username === 'bob')).toMatchObject({ role: 'none', projects: { shop: 'editor' } })
  expect((await users.revoke('bob', 'shop')).projects).toEqual({})
  await expect(users.revoke('bob', 'shop')).rejects.toMatchObject({ code: 'request.invalid' })
  await expect(users.grant('bob', '*', 'admin')).rejects.toMatchObject({ code: 'request.invalid' })
  await expect(users.grant('nobody', 'shop', 'viewer')).rejects.toMatchObject({ code: 'not_found' })
})
