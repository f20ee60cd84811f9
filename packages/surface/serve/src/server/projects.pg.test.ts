import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAccess } from '../access/access.ts'
import { servicesWith } from '../testing/services.ts'
import { type TwoProjects, twoProjects } from '../testing/two-projects.ts'
import { createApp } from './app.ts'

let t: TwoProjects
let app: ReturnType<typeof createApp>
let asked: (readonly string[] | undefined)[] = []
let rebuilt: unknown[] = []
const tokens = new Map<string, string>()

beforeAll(async () => {
  t = await twoProjects()
  const services = servicesWith({
    engine: t.engine,
    users: t.users,
    models: {
      rebuild: async ({ projects }) => {
        rebuilt.push(projects)
        return {} as never
      },
    },
    lakes: {
      // A table of this name lies in the lake of shop, whoever declares it.
      of: async () => ({ project: 'shop' }) as never,
      named: async (project) =>
        ({
          project,
          answerText: async (_: string, { readable }: { readonly readable?: readonly string[] }) => {
            asked.push(readable)
            return [Buffer.from('{}')]
          },
        }) as never,
    },
    datasets: { all: () => Promise.reject(new Error('there are shop and crypto')) },
    notifications: {
      list: async ({ project }) => ({ items: [], next: null, hint: project ?? 'every project' }),
    },
  })
  app = createApp(services, { access: createAccess('k'.repeat(43)) })
  const person = { firstName: 'A', lastName: 'B', email: 'a@example.org', password: 'correct horse' }
  await t.users.create({ username: 'sam', role: 'none', ...person })
  await t.users.grant('sam', 'shop', 'editor')
  await t.users.create({ username: 'vera', role: 'viewer', ...person })
  await t.users.grant('vera', 'shop', 'editor')
  await t.users.create({ username: 'nil', role: 'none', ...person })
  for (const username of ['sam', 'vera', 'nil']) {
    const { token } = await t.users.createToken({ username, name: 'ci', role: 'admin', projects: null, expiresAt: Date.now() + 3_600_000 })
    tokens.set(username, token)
  }
  for (const pipeline of ['sales', 'prices']) {
    await t.engine.trigger({ pipeline })
    await t.engine.backfill({ pipeline }, { start: Date.UTC(2026, 0, 1), end: Date.UTC(2026, 0, 1, 2) })
  }
})
afterAll(async () => await t[Symbol.asyncDispose]())

interface Answer {
  readonly items?: readonly { readonly project: string }[]
  readonly detail?: string
  readonly hint?: string | null
}
const ask = async (who: string, method: string, path: string, body?: object) => {
  const headers = { host: 'localhost', 'content-type': 'application/json', authorization: `Bearer ${tokens.get(who)}` }
  const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) }
  const answer = await app.request(`/api/v1${path}`, init)
  return { status: answer.status, body: (await answer.json()) as Answer }
}
const projectsIn = async (who: string, path: string) => new Set((await ask(who, 'GET', path)).body.items?.map(({ project }) => project))

test.each(['/pipelines', '/runs', '/backfills', '/definition-errors'])(
  'the list %s shows what is of projects of its reader',
  async (path) => {
    expect(await projectsIn('sam', path)).toEqual(new Set(['shop']))
    expect(await projectsIn('sam', `${path}?project=crypto`)).toEqual(new Set())
    expect(await projectsIn('vera', path)).toEqual(new Set(['shop', 'crypto']))
    expect(await projectsIn('vera', `${path}?project=crypto`)).toEqual(new Set(['crypto']))
  },
)

test('an editor of one project changes it, and another where they read is refused to them', async () => {
  expect((await ask('sam', 'PATCH', '/pipelines/sales', { paused: false })).status).toBe(200)
  expect((await ask('vera', 'PATCH', '/pipelines/sales', { paused: false })).status).toBe(200)
  const refused = await ask('vera', 'PATCH', '/pipelines/prices', { paused: true })
  expect([refused.status, refused.body.detail]).toEqual([403, expect.stringContaining('this needs the role editor in crypto')])
  expect((await t.engine.pipeline({ pipeline: 'prices' })).paused).toBe(false)
})

test('what is of a project that one may not see is as if it were not there, and no error names it', async () => {
  const [run] = (await t.engine.runs({ project: 'crypto', limit: 1 })).items
  const [backfill] = (await t.engine.backfills({ project: 'crypto' })).items
  const hidden: readonly (readonly [string, string, object?])[] = [
    ['GET', '/pipelines/prices'],
    ['GET', '/pipelines/price'],
    ['PATCH', '/pipelines/prices', { paused: true }],
    ['GET', `/runs/${run?.id}`],
    ['GET', `/runs/${run?.id}/progress`],
    ['POST', `/runs/${run?.id}/cancel`],
    ['GET', `/backfills/${backfill?.id}`],
    ['POST', '/lake/crypto/query', { sql: 'select 1' }],
    ['GET', '/budgets/crypto/plan'],
  ]
  const seen = []
  for (const [method, path, body] of hidden) seen.push(await ask('sam', method, path, body))
  expect(seen.map(({ status }) => status)).toEqual(hidden.map(() => 404))
  expect(JSON.stringify(seen)).not.toMatch(/crypto|prices/)
  expect((await t.engine.run(run?.id ?? '')).state).toBe('queued')
})

test('a query that somebody types may name data of the projects that they read, and of no other', async () => {
  asked = []
  await ask('sam', 'POST', '/lake/shop/query', { sql: 'select 1' })
  await ask('vera', 'POST', '/lake/shop/query', { sql: 'select 1' })
  expect(asked).toEqual([['shop'], undefined])
})

test('a rebuild is told in which projects its caller is an admin: a table that lies in one may be declared by another', async () => {
  await t.users.grant('sam', 'shop', 'admin')
  rebuilt = []
  await ask('sam', 'POST', '/models/rebuild', { dataset: 'silver.prices' })
  expect(rebuilt).toEqual([['shop']])
  await t.users.grant('sam', 'shop', 'editor')
})

test('a list of a project that one may not see is empty, and its error names no other', async () => {
  for (const path of ['/datasets?project=crypto', '/lake/tables?project=crypto']) {
    expect(await ask('sam', 'GET', path)).toEqual({ status: 200, body: { items: [], next: null } })
  }
})

test('messages are asked for by project, and settings and users are shown to nobody with roles in projects alone', async () => {
  expect((await ask('sam', 'GET', '/notifications')).body.hint).toBe('shop')
  expect((await ask('vera', 'GET', '/notifications')).body.hint).toBe('every project')
  await t.users.grant('sam', 'shop', 'admin')
  for (const path of ['/users', '/config']) expect((await ask('sam', 'GET', path)).status).toBe(403)
  await t.users.grant('sam', 'shop', 'editor')
})

test('an admin of one project reads its audit, and the row of a change names its project', async () => {
  await ask('sam', 'PATCH', '/pipelines/sales', { paused: false })
  await ask('vera', 'PATCH', '/pipelines/prices', { paused: true })
  await t.users.grant('sam', 'shop', 'admin')
  expect(await projectsIn('sam', '/audit')).toEqual(new Set(['shop']))
  await t.users.grant('sam', 'shop', 'editor')
  expect((await ask('sam', 'GET', '/audit')).status).toBe(403)
})

test('a user without any role is let in and sees nothing', async () => {
  expect((await ask('nil', 'GET', '/pipelines')).status).toBe(403)
})

test('changes of other projects do not reach the stream of events, whose numbers have no gap for them', async () => {
  const stop = new AbortController()
  const headers = { host: 'localhost', authorization: `Bearer ${tokens.get('sam')}` }
  const answer = await app.request('/api/v1/events', { headers, signal: stop.signal })
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = (await reader?.read())?.value ?? ''
  const pause = () => new Promise((resolve) => setTimeout(resolve, 1_500))
  await pause()
  const change = async (pipeline: string) => await t.engine.cancel((await t.engine.trigger({ pipeline })).id)
  for (const pipeline of ['sales', 'prices', 'sales', 'prices']) {
    await change(pipeline)
    if (pipeline === 'prices') await pause()
  }
  while ((text.match(/"pipeline":"sales"/g) ?? []).length < 2) text += (await reader?.read())?.value ?? ''
  stop.abort()
  expect(text).not.toContain('prices')
  const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))
  expect(ids).toEqual(ids.map((_, at) => (ids[0] ?? 0) + at))
})
