import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { openUsers, type Role, type Users } from '@sluice/accounts'
import { openDuckDB } from '@sluice/duckdb'
import { type AnswerProcesses, openAnswerProcesses, openLakes } from '@sluice/lake'
import { type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import { createAccess, createApp } from '@sluice/serve'
import { servicesWith } from '@sluice/serve/testing'
import { openWarehouses, type ProjectWarehouses } from '@sluice/warehouse'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** Ten minutes with figures, or one round without: a busy machine makes none of what is promised here untrue. */
const long = process.env.SLUICE_TEST_LONG === '1'
const password = 'correct horse battery'
const headers = { host: 'localhost', 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }

let folder: string
let database: TestDatabase
let users: Users
let answers: AnswerProcesses
let warehouses: ProjectWarehouses
let app: ReturnType<typeof createApp>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-hostile-'))
  database = await testDatabase()
  users = await openUsers(database.url)
  const url = database.url
  const setup = {
    folder,
    project: 'shop',
    timeZone: 'UTC',
    ownerUrl: url,
    readerUrl: url,
    migrations: null,
    queries: '/none',
    datasets: [],
    keys: [],
  }
  warehouses = openWarehouses({ projects: ['shop'], setupOf: async () => setup })
  answers = openAnswerProcesses({ place: { folder }, scratch: join(folder, 'answers'), most: 5, memoryLimitMb: 128, threads: 1 })
  const lakes = openLakes({ storage: folder, projects: ['shop'], duckdb: () => openDuckDB({ threads: 1 }), answers })
  app = createApp(servicesWith({ users, lakes, warehouses }), { access: createAccess('k'.repeat(43)) })
})
afterAll(async () => {
  await answers.close()
  await warehouses.close()
  await users.close()
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

async function signedIn(username: string, role: Role): Promise<string> {
  await users.create({ username, firstName: 'A', lastName: 'B', email: 'a@example.org', role, password })
  const answer = await app.request('/login', { method: 'POST', headers, body: JSON.stringify({ username, password }) })
  return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
}

const ask = (store: 'lake' | 'warehouse', cookie: string, sql: string, signal?: AbortSignal) =>
  app.request(`/api/v1/${store}/shop/query`, {
    method: 'POST',
    headers: { ...headers, cookie },
    body: JSON.stringify({ sql, limit: 100_000 }),
    ...(signal === undefined ? {} : { signal }),
  })

const hostile = [
  ['warehouse', 'select pg_sleep(600)'],
  ['lake', 'SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range * b.range % 7 = 3'],
  ['warehouse', "select repeat(repeat('x', 1000), 1000) from generate_series(1, 100000)"],
  ['lake', `SELECT ${Array.from({ length: 300 }, (_, at) => `range + ${at} AS c${at}`).join(', ')} FROM range(100000)`],
] as const

test('people who ask for all there is keep nobody else from an answer, are told to wait, and leave nothing behind', async () => {
  const eve = await signedIn('eve', 'editor')
  const editors = [eve, await signedIn('mallory', 'editor'), await signedIn('oscar', 'editor')]
  const admin = await signedIn('root', 'admin')
  const [loop, waits] = [monitorEventLoopDelay({ resolution: 5 }), { healthz: [] as number[], admin: [] as number[] }]
  const leaving = new AbortController()
  const statuses: number[] = []
  const begun = Date.now()
  loop.enable()
  const attackers = editors.flatMap((cookie) =>
    Array.from({ length: 20 }, async (_, at) => {
      do {
        const [store, sql] = hostile[at % hostile.length] ?? hostile[0]
        const answer = await ask(store, cookie, sql, leaving.signal)
        statuses.push(answer.status)
        if (answer.status === 429) {
          expect(answer.headers.get('retry-after')).toBe('5')
          expect(await answer.json()).toMatchObject({ code: 'query.busy', facts: { waiting: expect.any(Number) } })
        } else await answer.body?.cancel()
        await new Promise((resolve) => setTimeout(resolve, 100))
      } while (!leaving.signal.aborted && long)
    }),
  )
  // Each has two turns and ten places in the queue: eight of twenty are told at once.
  await expect.poll(() => statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(24)
  do {
    for (const [kind, request] of [
      ['healthz', () => app.request('/healthz', { headers })],
      ['admin', () => ask('warehouse', admin, 'select 1')],
      ['admin', () => ask('lake', admin, 'SELECT 1')],
    ] as const) {
      const at = performance.now()
      const answer = await request()
      expect([kind, answer.status]).toEqual([kind, 200])
      await answer.text()
      waits[kind].push(performance.now() - at)
    }
  } while (long && Date.now() - begun < 600_000)
  leaving.abort(new Error('gone'))
  await Promise.all(attackers)
  loop.disable()
  const sorted = (times: readonly number[]) => [...times].sort((a, b) => a - b)
  const p99 = (times: readonly number[]): number => sorted(times)[Math.floor(times.length * 0.99)] ?? 0
  const seen = {
    healthzMs: p99(waits.healthz),
    adminMs: p99(waits.admin),
    loopMs: loop.max / 1e6,
    rssMb: process.memoryUsage().rss / 2 ** 20,
  }
  console.info(`hostile people: ${JSON.stringify(seen)}`)
  if (long) {
    expect(seen.healthzMs).toBeLessThanOrEqual(100)
    expect(seen.adminMs).toBeLessThanOrEqual(1_000)
    expect(seen.rssMb).toBeLessThanOrEqual(1_024)
  }
  // Nothing of theirs goes on.
  const active = `select count(*)::int as n from pg_stat_activity where state = 'active' and query like 'fetch forward%' and datname = current_database() and pid <> pg_backend_pid()`
  const shop = await warehouses.of('shop')
  await expect.poll(async () => (await shop.pool.query<{ n: number }>(active))[0]?.n).toBe(0)
  expect((await ask('warehouse', eve, 'select 1')).status).toBe(200)
})
