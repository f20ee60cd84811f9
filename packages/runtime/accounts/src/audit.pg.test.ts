import { randomUUID } from 'node:crypto'
import type { Pool } from '@sluice/postgres'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { AuditedCall } from './audit.ts'
import type { Users } from './open-users.ts'
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
beforeEach(async () => void (await pool.execute('delete from sluice_accounts.audit')))

const aCall = (more: Partial<AuditedCall> = {}): AuditedCall => ({
  call: randomUUID(),
  actor: 'user:ada',
  address: '127.0.0.1',
  action: 'users.create',
  project: null,
  target: '/users',
  details: { role: 'viewer' },
  ...more,
})
const bob = { username: 'bob', firstName: 'B', lastName: 'B', email: 'b@example.org', role: 'viewer', password: 'correct horse' } as const

test('the row of a change stands in its transaction: both are there, or neither is', async () => {
  const recorded = (call: AuditedCall) => ({ actor: call.actor, record: (tx: Pool) => users.writeAudit(call, 'done', { tx }) })
  const call = aCall()
  await users.create(bob, recorded(call))
  expect(await users.audit({ limit: 10 })).toMatchObject([{ actor: 'user:ada', outcome: 'done', details: { role: 'viewer' } }])
  // A name that is taken: nothing is changed, so nothing was done.
  await expect(users.create(bob, recorded(aCall()))).rejects.toMatchObject({ code: 'request.invalid' })
  expect(await users.audit({ limit: 10 })).toHaveLength(1)
  // And a row that cannot be written keeps the change from happening.
  const broken = { actor: call.actor, record: (tx: Pool) => users.writeAudit({ ...aCall(), call: 'not a uuid' }, 'done', { tx }) }
  await expect(users.remove('bob', broken)).rejects.toBeDefined()
  expect((await users.list()).map(({ username }) => username)).toEqual(['bob'])
})

test('a call has one row, whose outcome is taken over once and never taken back', async () => {
  const call = aCall()
  await users.writeAudit(call, 'begun')
  expect(await users.audit({ limit: 10 })).toMatchObject([{ outcome: 'begun', endedAt: null }])
  await users.writeAudit({ ...call, project: 'shop' }, 'failed', { reason: 'not_found: gone' })
  await users.writeAudit(call, 'done')
  expect(await users.audit({ limit: 10 })).toMatchObject([{ outcome: 'failed', reason: 'not_found: gone', project: 'shop' }])
})

test('the list is filtered by who, what, how it ended, where and since when, and comes in pages', async () => {
  for (const [n, more] of [{}, { actor: 'token:ada/ci' }, { project: 'shop' }, { action: 'lake.query', project: 'other' }].entries()) {
    await users.writeAudit(aCall({ target: String(n), ...more } as Partial<AuditedCall>), n === 1 ? 'refused' : 'done')
  }
  const targets = async (filter: Partial<Parameters<Users['audit']>[0]>) =>
    (await users.audit({ limit: 10, ...filter })).map(({ target }) => target)
  expect(await targets({})).toEqual(['3', '2', '1', '0'])
  expect(await targets({ actor: 'user:ada' })).toEqual(['3', '2', '0'])
  expect(await targets({ actor: 'token:ada' })).toEqual(['1'])
  expect(await targets({ action: 'lake.query' })).toEqual(['3'])
  expect(await targets({ outcome: 'refused' })).toEqual(['1'])
  expect(await targets({ projects: ['shop'] })).toEqual(['2'])
  expect(await targets({ projects: [] })).toEqual([])
  expect(await targets({ since: Date.now() + 60_000 })).toEqual([])
  const [last] = await users.audit({ limit: 1 })
  expect(await targets({ before: last?.id ?? 0, limit: 2 })).toEqual(['2', '1'])
})

test('what somebody sends is cut, and characters that no database holds are replaced', async () => {
  await users.writeAudit(
    aCall({ target: `/\0${'x'.repeat(5_000)}`, details: { sql: 'y'.repeat(1_000_000), list: ['z'.repeat(9_000)], nul: 'a\0b' } }),
    'done',
  )
  const [row] = await users.audit({ limit: 1 })
  expect(row?.target).toHaveLength(2_001)
  expect(JSON.stringify(row?.details).length).toBeLessThan(5_000)
  expect(row?.details.nul).toBe('a\ufffdb')
})
