import type { Pool } from '@sluice/postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openUsers, type Users } from './open-users.ts'
import { type UsersOnPostgres, usersOnPostgres } from './testing/users-on-postgres.ts'

let database: UsersOnPostgres
let pool: Pool
let users: Users
beforeAll(async () => {
  database = await usersOnPostgres()
  pool = database.pool
  users = database.users
})
afterAll(async () => {
  await database[Symbol.asyncDispose]()
})

const password = 'correct horse battery'
const create = (username: string) =>
  users.create({ username, firstName: 'Ada', lastName: 'Lovelace', email: 'ada@example.org', role: 'editor', password })

test('there are no users until one is created, and no answer holds a password', async () => {
  expect(await users.list()).toEqual([])
  const before = Date.now()
  const made = await create('Ada')
  expect(made).toMatchObject({ username: 'ada', firstName: 'Ada', lastName: 'Lovelace', role: 'editor', disabled: false })
  expect(made.createdAt).toBeGreaterThanOrEqual(before)
  expect(await users.list()).toEqual([made])
  expect(JSON.stringify(made)).not.toMatch(/scrypt|horse/)
  const [row] = await pool.query<{ password: string }>('select password from sluice_accounts.app_user')
  expect(row?.password).toMatch(/^scrypt\$/)
})

test('of two who create the same user at once, one is told that the name is taken', async () => {
  const results = await Promise.allSettled([create('twin'), create('TWIN')])
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  await expect(create('twin')).rejects.toMatchObject({ code: 'request.invalid', message: 'there is a user twin already' })
})

test('malformed names and passwords of 11 characters are refused, and the refusal does not repeat the password', async () => {
  for (const username of ['', 'a b', '-a', 'é', 'a/b', 'x'.repeat(65)])
    await expect(create(username)).rejects.toMatchObject({ code: 'request.invalid' })
  const short = users.create({ username: 'short', firstName: '', lastName: '', email: '', role: 'viewer', password: 'elevenchars' })
  await expect(short).rejects.toMatchObject({ message: 'the password is too short: it has 11 of at least 12 characters', facts: {} })
  await expect(users.change('ada', { password: 'elevenchars' })).rejects.toMatchObject({ code: 'request.invalid' })
})

test('only the right password of an enabled user is verified, the name in any case', async () => {
  expect(await users.verify('ADA', password)).toMatchObject({ user: { username: 'ada', role: 'editor' }, session: expect.any(String) })
  expect(await users.verify('ada', 'wrong')).toBeUndefined()
  expect(await users.verify('nobody', password)).toBeUndefined()
  await create('gone')
  await users.change('gone', { disabled: true })
  expect(await users.verify('gone', password)).toBeUndefined()
})

test('an unknown user costs as much time as a wrong password', async () => {
  const lasting = await openUsers(database.url)
  await lasting.change('ada', { password })
  // Processor time: a busy machine changes only the other one.
  const timeOf = async (name: string): Promise<number> => {
    const times: number[] = []
    for (let n = 0; n < 5; n++) {
      const began = process.cpuUsage()
      await lasting.verify(name, 'wrong password')
      const { user, system } = process.cpuUsage(began)
      times.push(user + system)
    }
    return Math.min(...times)
  }
  expect((await timeOf('nobody')) / (await timeOf('ada'))).toBeGreaterThan(0.5)
  await lasting.close()
})

test('a session ends with a new password, with disabling (also after enabling again), and with the user; not with a new role', async () => {
  await create('eve')
  const session = async () => (await users.verify('eve', password))?.session ?? ''
  const lives = async (id: string) => (await users.bySession(id))?.role
  const first = await session()
  expect(await lives(first)).toBe('editor')
  await users.change('eve', { role: 'viewer' })
  expect(await lives(first)).toBe('viewer')
  const before = (await users.list()).find(({ username }) => username === 'eve')
  const after = await users.change('eve', { password })
  expect(after.passwordChangedAt).toBeGreaterThanOrEqual(before?.passwordChangedAt ?? Number.POSITIVE_INFINITY)
  expect(await lives(first)).toBeUndefined()
  const second = await session()
  expect(await lives(second)).toBe('viewer')
  await users.change('eve', { disabled: true })
  expect(await lives(second)).toBeUndefined()
  await users.change('eve', { disabled: false })
  expect(await lives(second)).toBeUndefined()
  const third = await session()
  await users.remove('eve')
  await create('eve')
  expect(await lives(third)).toBeUndefined()
})

test('a user that does not exist can be neither changed nor removed', async () => {
  await expect(users.change('nobody', { role: 'admin' })).rejects.toMatchObject({ code: 'not_found' })
  await expect(users.remove('nobody')).rejects.toMatchObject({ code: 'not_found' })
})
