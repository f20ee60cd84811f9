import { globSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { long, seedOfRun } from '@sluice/core/testing'
import { type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import { type ShopSimulator, start } from '@sluice/simulator-shop'
import { testWorld } from '@sluice/testing'
import { pipeline, task } from 'sluice'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inProcess, type Road, type RoadOptions, throughWorkers } from './testing/two-roads.ts'

const workspace = fileURLToPath(new URL('../../../../', import.meta.url))
const ours = globSync('{projects,examples}/*/sluice.config.ts', { cwd: workspace }).map((file) => join(workspace, dirname(file)))
/** In the short form a third of them, by the seed of the run. */
const some = long ? ours : ours.filter((_, at) => (at + seedOfRun()) % 3 === 0)
const shapes = fileURLToPath(new URL('./testing/every-capability', import.meta.url))
const planted = new URL('./testing/reads-arity.ts', import.meta.url).href

const at = Date.parse('2026-11-20T10:00:00Z')
const key = 'a key that nobody reads'

let upstream: { readonly url: string; close(): Promise<void> }
let store: ShopSimulator
let crm: TestDatabase
beforeAll(async () => {
  const server = createServer((request, response) => {
    const body = answerTo(request.url ?? '')
    response.writeHead(body === undefined ? 404 : 200).end(body ?? 'no')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  upstream = { url: `http://127.0.0.1:${port}`, close: () => new Promise((resolve) => server.close(() => resolve())) }
  store = await start({ orders: 120, now: () => at })
  crm = await testDatabase({ migrations: [{ id: '1', up: crmTables }] })
})
afterAll(async () => {
  await upstream.close()
  await store.close()
  await crm.drop()
})

/** The database that `examples/sources` pulls. */
const crmTables = `
create schema sales;
create table sales.customers (id text primary key, name text, country char(2), changed_at timestamptz not null);
insert into sales.customers select 'c' || n, 'Customer ' || n, 'FR', timestamptz '2026-11-01 00:00Z' from generate_series(1, 40) n;`

/** What the projects ask for that bring no simulator of their own. */
function answerTo(url: string): string | undefined {
  if (url === '/numbers?greeting=hello') return '[1, 2, 30]'
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  if (pathname === '/prices') {
    const prices = ['btc', 'eth', 'doge'].map((coin, rank) => ({ coin, usd: `${64_000 - rank}.123456789012345678` }))
    return JSON.stringify({ at: searchParams.get('at'), prices: [...prices, { coin: 'bad', usd: '-1' }] })
  }
  if (pathname === '/invoices') {
    const invoice = { id: 'a', customer: { name: 'Ada' }, total: '12.50', changed_at: '2026-11-20T09:00:00Z' }
    return JSON.stringify({ data: [invoice, { ...invoice, id: 'b', total: '20000.00' }] })
  }
  if (pathname !== '/orders') return undefined
  const order = (id: number) => ({ id, customer: { id: `c${id % 2}`, city: 'Lyon' }, total: `${id}.50`, at: '2026-11-20T01:00:00Z' })
  return JSON.stringify({ pages: 1, data: [1, 2, 3].map(order) })
}

const options = (dir: string): RoadOptions => ({
  dir,
  at,
  env: {
    UPSTREAM_URL: upstream.url,
    UPSTREAM_KEY: key,
    PRICES_URL: upstream.url,
    SHOP_URL: upstream.url,
    SHOP_KEY: key,
    BILLING_URL: upstream.url,
    BILLING_KEY: key,
    GITHUB_TOKEN: key,
    STORE_URL: store.url,
    STORE_KEY: store.apiKey,
    CRM_DB: crm.url,
  },
})

/** Every pipeline of a project by both roads, one after another, under the same run ids. */
async function byBoth(workers: Road, process: Road) {
  expect(workers.pipelines.length).toBeGreaterThan(0)
  const both = []
  for (const pipeline of workers.pipelines) {
    const worked = await workers.run(pipeline)
    both.push({ pipeline, worked, processed: await process.run(pipeline, worked.id) })
  }
  return both
}

test.each(some.map((dir) => [dir.slice(workspace.length), dir]))(
  '%s leaves the same tables, quarantine, ledger, outputs and logs in this process and through workers',
  async (_, dir) => {
    await using workers = await throughWorkers(options(dir))
    await using process = await inProcess(options(dir))
    for (const { pipeline, worked, processed } of await byBoth(workers, process)) {
      expect(processed).toEqual(worked)
      expect([pipeline, worked.state]).toEqual([pipeline, 'success'])
    }
  },
)

describe('the project of every capability', () => {
  let workers: Road
  let process: Road
  let both: Awaited<ReturnType<typeof byBoth>>
  beforeAll(async () => {
    workers = await throughWorkers(options(shapes))
    process = await inProcess(options(shapes))
    both = await byBoth(workers, process)
  })
  afterAll(async () => {
    await workers[Symbol.asyncDispose]()
    await process[Symbol.asyncDispose]()
  })

  test('leaves the same by both roads', () => {
    for (const { worked, processed } of both) expect(processed).toEqual(worked)
  })

  test('uses each of them; no secret stands in a log of a worker; testWorld gives the same ones', async () => {
    const everything = both.find((each) => each.pipeline === 'everything')?.worked
    if (everything === undefined) throw new Error('everything did not run')
    const { state, tasks, rows } = everything
    expect(state).toBe('failed')
    expect(Object.fromEntries(Object.entries(tasks).map(([task, { state: ended }]) => [task, ended]))).toEqual({
      waits: 'success',
      wrapped: 'success',
      rest: 'success',
      early: 'success',
      'silver.numbers': 'success',
      load_numbers: 'success',
      enough: 'success',
      old: 'success',
      'public.stats': 'success',
      archive: 'success',
      tell: 'success',
      again: 'success',
      skips: 'skipped',
      below: 'skipped',
      fails: 'failed',
      behind: 'upstream_failed',
      alarm: 'success',
      unknown: 'failed',
      members: 'success',
    })
    expect(rows['every-capability:lake.silver.numbers__quarantine']).toHaveLength(1)
    const logs = globSync('logs/**/*.log', { cwd: workers.stateDir }).map((file) => readFileSync(join(workers.stateDir, file), 'utf8'))
    expect(logs.join('')).toContain('the key is ***')
    expect(logs.join('')).not.toContain(key)
    // The third list of capabilities.
    await using world = await testWorld()
    const members = task({ name: 'members', run: (_, context) => Object.keys(context).sort((a, b) => a.localeCompare(b)) })
    const run = await world.run(pipeline({ name: 'of_tests', steps: [members] }))
    expect(tasks.members).toMatchObject({ output: run.tasks[0]?.output })
  })

  test('gives a step the batches of another pipeline once, by both roads', async () => {
    for (const road of [workers, process]) {
      const again = await road.run('follows', 'again')
      expect(again.tasks.told).toMatchObject({ state: 'success', output: [] })
      expect(again.rows['public.followed']).toHaveLength(2)
      await road.run('everything', 'again')
      expect((await road.run('follows', 'once more')).tasks.told).toMatchObject({ output: [1, 2] })
    }
  })

  test('the suite finds a road that gives capabilities by how many parameters a function shows', async () => {
    await using arity = await throughWorkers(options(shapes), planted)
    const worked = await arity.run('everything')
    const processed = both.find((each) => each.pipeline === 'everything')?.processed
    expect(processed).not.toEqual(worked)
    const stateOf = (task: string, of: typeof processed) => of?.tasks[task]?.state
    expect([stateOf('wrapped', processed), stateOf('wrapped', worked), stateOf('rest', worked)]).toEqual([
      'success',
      'upstream_failed',
      'failed',
    ])
  })
})
