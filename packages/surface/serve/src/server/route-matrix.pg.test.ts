import type { Role } from '@sluice/accounts'
import { roles } from '@sluice/accounts'
import { notFound } from '@sluice/core'
import type { AskedLake } from '@sluice/lake'
import type { NotificationDetail } from '@sluice/notify'
import type { ProjectWarehouse } from '@sluice/warehouse'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAccess } from '../access/access.ts'
import type { AnyEndpoint } from '../endpoint/endpoint.ts'
import { endpoints } from '../generated/endpoints.ts'
import type { DatasetDetail, DeclaredSource } from '../services.ts'
import { answering, servicesWith } from '../testing/services.ts'
import { type TwoProjects, twoProjects } from '../testing/two-projects.ts'
import { createApp } from './app.ts'

/*
 * Who is answered by which route: the document `route-matrix.txt` is the promise. A route that is added, or one that answers somebody else,
 * changes it, and whoever changes it says so in their commit.
 */

let t: TwoProjects
let app: ReturnType<typeof createApp>
const tokens = new Map<string, string>()
const runs = new Map<string, string>()
const backfills = new Map<string, number>()
const pipelines = new Map([
  ['shop', 'sales'],
  ['crypto', 'prices'],
])
const sources = [...pipelines].map(([project, pipeline]) => ({ project, pipeline, source: `inbox-${project}` }) as DeclaredSource)
/** Named like its project, so that a test may say which it means. */
const projectOf = (dataset: string): string => dataset.split(':')[0] ?? ''
const aMail: Omit<NotificationDetail, 'key' | 'project'> = {
  about: 'data',
  channel: 'email',
  to: 'ops',
  subject: 'a',
  state: 'queued',
  attempts: 0,
  deliveries: 0,
  createdAt: 0,
  nextAt: null,
  deliveredAt: null,
  error: null,
  recipients: {},
  bundle: null,
  message: { subject: 'a', text: 'b', html: 'c' },
}
const never = (name: string): never => {
  throw notFound(`there is no source ${name}`, { next: '' })
}
const lake = (project: string): AskedLake => answering<AskedLake>('lake', { project, tables: async () => [] })

beforeAll(async () => {
  t = await twoProjects()
  const datasets = ['shop', 'crypto'].map(
    (project) => ({ project, dataset: `${project}:lake.silver.a`, store: 'lake', name: 'silver.a' }) as DatasetDetail,
  )
  const services = servicesWith({
    engine: t.engine,
    users: t.users,
    lakes: {
      of: async ({ dataset }) => lake(projectOf(dataset)),
      forNew: async ({ dataset }) => lake(projectOf(dataset)),
      named: async (project) => lake(project),
      all: async (project) => (project === undefined ? [lake('shop'), lake('crypto')] : [lake(project)]),
    },
    warehouses: { of: async () => answering<ProjectWarehouse>('warehouse') },
    datasets: { all: async (project) => datasets.filter((each) => (project ?? each.project) === each.project) },
    sources: {
      all: async (project) => sources.filter((each) => (project ?? each.project) === each.project),
      find: async ({ source }) => sources.find((each) => each.source === source) ?? never(source),
      held: async () => [],
    },
    budgets: { plan: async () => [], status: async () => [] },
    backups: { check: () => undefined, list: async () => [] },
    notifications: {
      list: async () => ({ items: [], next: null, hint: null }),
      find: async (key) => ({ ...aMail, key, project: key }),
      retry: async () => 0,
    },
    settings: { list: async () => [], explain: async () => [] },
    info: { projects: ['shop', 'crypto'] },
  })
  app = createApp(services, { access: createAccess('k'.repeat(43)) })
  const person = { firstName: 'A', lastName: 'B', email: 'a@example.org', password: 'correct horse' }
  for (const role of [...roles, 'none'] as const) {
    await t.users.create({ username: role, role, ...person })
    if (role === 'none') await t.users.grant('none', 'shop', 'admin')
    const of = { username: role, name: 'ci', projects: null, expiresAt: Date.now() + 3_600_000 }
    tokens.set(role, (await t.users.createToken({ ...of, role: role === 'none' ? 'admin' : role })).token)
  }
  for (const [project, pipeline] of pipelines) {
    runs.set(project, (await t.engine.trigger({ pipeline })).id)
    const interval = { start: Date.UTC(2026, 0, 1), end: Date.UTC(2026, 0, 1, 2) }
    backfills.set(project, (await t.engine.backfill({ pipeline }, interval)).id ?? 0)
  }
})
afterAll(async () => await t[Symbol.asyncDispose]())

const target = (project: string) => ({ dataset: `${project}:lake.silver.a` })
/** Valid bodies, so that what is asked last, the project, is asked. */
const bodies: Readonly<Record<string, (project: string) => object>> = {
  'backfills.change': () => ({ paused: true }),
  'lake.export': (project) => ({ dataset: `${project}:lake.gold.a`, sql: 'select 1' }),
  'lake.exportQuery': () => ({ sql: 'select 1', format: 'csv' }),
  'lake.optimize': target,
  'lake.query': () => ({ sql: 'select 1' }),
  'lake.restore': (project) => ({ ...target(project), version: 1 }),
  'lake.restoreExport': (project) => ({ dataset: `${project}:lake.gold.a`, into: 'silver.a' }),
  'lake.vacuum': target,
  'lake.verify': (project) => ({ dataset: `${project}:lake.gold.a` }),
  'models.rebuild': target,
  'pipelines.backfill': () => ({ start: '2026-01-01', end: '2026-01-02', dryRun: true }),
  'pipelines.change': () => ({ paused: false }),
  'tasks.mark': () => ({ state: 'success' }),
  'warehouse.exportQuery': () => ({ sql: 'select 1', format: 'csv' }),
  'warehouse.query': () => ({ sql: 'select 1' }),
}
const queries: Readonly<Record<string, (project: string) => string>> = {
  'lake.history': (project) => `?dataset=${target(project).dataset}`,
  'lake.read': (project) => `?dataset=${target(project).dataset}`,
}

async function ask({ name, method, path }: AnyEndpoint, who: string, project: string): Promise<string> {
  const values: Readonly<Record<string, string | number | undefined>> = {
    project,
    pipeline: pipelines.get(project),
    run: runs.get(project),
    backfill: backfills.get(project),
    task: 'first',
    key: project,
    source: `inbox-${project}`,
    dataset: `${project}:lake.silver.a`,
  }
  const place = path.replaceAll(/\{(\w+)\}/g, (_, field: string) => encodeURIComponent(String(values[field] ?? 'x')))
  const token = tokens.get(who)
  const headers = {
    host: 'localhost',
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  const stop = new AbortController()
  const init = { method: method.toUpperCase(), headers, signal: stop.signal }
  const body = method === 'get' ? {} : { body: JSON.stringify(bodies[name]?.(project) ?? {}) }
  const answer = await app.request(`/api/v1${place}${queries[name]?.(project) ?? ''}`, { ...init, ...body })
  const text = answer.ok ? '' : await answer.text()
  stop.abort()
  await answer.body?.cancel().catch(() => undefined)
  if (answer.status === 401) return 'unknown'
  if (answer.status === 403) return 'refused'
  return text.includes('there is no such thing in your projects') ? 'hidden' : 'yes'
}

test('who is answered by which route, in which project, is what the document says', async () => {
  const rows: string[][] = [['operation', 'nobody', ...roles, 'admin of shop, in shop', 'in crypto']]
  for (const endpoint of endpoints) {
    const cells: string[] = []
    for (const who of ['nobody', ...roles] satisfies readonly (Role | 'nobody')[]) cells.push(await ask(endpoint, who, 'crypto'))
    rows.push([endpoint.name, ...cells, await ask(endpoint, 'none', 'shop'), await ask(endpoint, 'none', 'crypto')])
  }
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? []
  const text = rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
  await expect(`${text}\n`).toMatchFileSnapshot('./route-matrix.txt')
  // Nothing that is of one project is open to somebody who has no role in it.
  for (const [name, , , , , inShop, inCrypto] of rows.slice(1)) {
    const { scope } = endpoints.find((each) => each.name === name) ?? {}
    if (typeof scope === 'function') expect([name, inShop, inCrypto]).toEqual([name, 'yes', 'hidden'])
    if (scope === 'platform') expect([name, inShop, inCrypto]).toEqual([name, 'refused', 'refused'])
  }
})
