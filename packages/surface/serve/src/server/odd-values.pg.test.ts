import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Users } from '@sluice/accounts'
import { openTestUsers } from '@sluice/accounts/testing'
import { graphOf, pipeline, task } from '@sluice/author'
import { type Engine, openEngine, publishVersion } from '@sluice/engine'
import { openPool } from '@sluice/postgres'
import { type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { createAccess } from '../access/access.ts'
import { ownerEnvironment } from '../endpoint/caller.ts'
import type { AnyEndpoint } from '../endpoint/endpoint.ts'
import { endpoints } from '../generated/endpoints.ts'
import { answeringRole } from '../testing/answering-role.ts'
import { servicesWith } from '../testing/services.ts'
import { createApp } from './app.ts'

let database: TestDatabase
let role: Awaited<ReturnType<typeof answeringRole>>
let engine: Engine
let users: Users
let app: ReturnType<typeof createApp>
let run: string

beforeAll(async () => {
  database = await testDatabase()
  role = await answeringRole(database)
  engine = await openEngine(role.url, { upToDate: true })
  users = await openTestUsers(role.url, { upToDate: true })
  const pool = openPool(database.url)
  const sales = pipeline({ name: 'sales', steps: [task({ name: 'first', run: () => null })] })
  await publishVersion(
    pool,
    {
      project: 'shop',
      timeZone: 'UTC',
      version: 'a'.repeat(16),
      specs: [graphOf(sales).spec],
      files: { sales: '/nowhere/sales.ts' },
      sources: { sales: 'pipelines/sales.ts' },
      errors: [],
    },
    Date.UTC(2026, 10, 20),
  )
  await pool.end()
  const stateDir = await mkdtemp(join(tmpdir(), 'sluice-odd-'))
  await mkdir(join(stateDir, 'logs'))
  app = createApp(servicesWith({ engine, users, info: { version: '0', stateDir, profile: 'live', ready: async () => true } }), {
    access: createAccess('k'.repeat(43)),
  })
  const triggered = await app.request(
    '/api/v1/pipelines/sales/runs',
    { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' },
    { ...ownerEnvironment },
  )
  run = ((await triggered.json()) as { id: string }).id
})
afterAll(async () => {
  await users.close()
  await engine.close()
  await role.drop()
})

/** What is asked of the metadata database. */
const nouns = ['runs', 'pipelines', 'tasks', 'ledger', 'backfills', 'users', 'audit']
const asked = endpoints.filter(
  ({ name, method, kind }: AnyEndpoint) => method === 'get' && kind === 'json' && nouns.includes(name.split('.')[0] ?? ''),
)
const odd = [
  '\0',
  'a\0b',
  "'",
  '"',
  '\\',
  '{}',
  '[]',
  '-1',
  '0',
  '1.5',
  '1e3',
  '0x10',
  'NaN',
  '9'.repeat(12),
  '9'.repeat(30),
  ' ',
  '%',
  'null',
  'undefined',
  '~',
  'ü',
  '\u{1f600}',
  '..',
  '../../x',
  '*',
  'x'.repeat(5_000),
] as const

const fieldsOf = (schema: z.ZodType | undefined): readonly string[] =>
  schema === undefined ? [] : Object.keys(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }).properties ?? {})

test('no odd value of a path or a query reaches PostgreSQL, ends the server’s part badly, or is taken for another value', async () => {
  const seen: [string, number][] = []
  const good: Readonly<Record<string, string>> = { run, pipeline: 'sales', task: 'first', username: 'nobody', backfill: '1' }
  const placed = (path: string, params: Readonly<Record<string, string>>): string =>
    path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? 'x'))
  const statusOf = async (path: string, query: string): Promise<void> => {
    const place = `/api/v1${path}${query}`
    const response = await app.request(place, {}, { ...ownerEnvironment })
    const text = await response.text()
    if (response.status >= 500 || text.includes('postgres.')) seen.push([`${place.slice(0, 120)}: ${text.slice(0, 200)}`, response.status])
    if (decodeURIComponent(place).includes('\0') && response.status !== 400) seen.push([`${place}: NUL`, response.status])
  }
  expect(asked.length).toBeGreaterThan(8)
  for (const { path, params, query } of asked) {
    for (const value of odd) {
      for (const field of fieldsOf(params)) await statusOf(placed(path, { ...good, [field]: value }), '')
      for (const field of fieldsOf(query)) await statusOf(placed(path, good), `?${field}=${encodeURIComponent(value)}`)
    }
  }
  expect(seen).toEqual([])
})

const oddJson = [
  null,
  true,
  -1,
  0,
  1.5,
  1e30,
  '\0',
  '',
  ' ',
  '9'.repeat(30),
  '0001-01-01',
  '275760-09-13',
  'x'.repeat(5_000),
  {},
  [],
  ['\0'],
  { a: '\0' },
] as const
/** Bodies that are well as they stand, and change nothing that lasts. */
const bodies: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'pipelines.trigger': {},
  'pipelines.backfill': { start: '2026-11-19', end: '2026-11-20', dryRun: true },
  'pipelines.change': { paused: false },
  'pipelines.rewind': {},
  'tasks.mark': { state: 'success' },
  'tasks.clear': {},
  'backfills.change': { paused: true },
}

test('no odd value in a body reaches PostgreSQL either', async () => {
  const seen: [string, number][] = []
  const changing = endpoints.filter(({ name }: AnyEndpoint) => bodies[name] !== undefined)
  expect(changing.length).toBeGreaterThan(4)
  for (const { name, path, method, body } of changing) {
    const place = path
      .replace('{run}', run)
      .replace('{pipeline}', 'sales')
      .replace('{task}', 'first')
      .replaceAll(/\{\w+\}/g, '1')
    for (const field of fieldsOf(body)) {
      for (const value of oddJson) {
        const sent = JSON.stringify({ ...bodies[name], [field]: value })
        const init = { method: method.toUpperCase(), headers: { 'content-type': 'application/json' }, body: sent }
        const response = await app.request(`/api/v1${place}`, init, { ...ownerEnvironment })
        const text = await response.text()
        if (response.status >= 500 || text.includes('postgres.'))
          seen.push([`${name} ${sent.slice(0, 120)}: ${text.slice(0, 200)}`, response.status])
      }
    }
  }
  expect(seen).toEqual([])
})
