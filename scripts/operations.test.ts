import { expect, test } from 'vitest'
import { commands as tree } from '../apps/cli/src/commands/tree.ts'
import { createAccess } from '../packages/surface/serve/src/access/access.ts'
import { createClient } from '../packages/surface/serve/src/client/client.ts'
import { commandsOf, pathOf } from '../packages/surface/serve/src/endpoint/endpoint.ts'
import { commands } from '../packages/surface/serve/src/generated/commands.ts'
import { endpoints } from '../packages/surface/serve/src/generated/endpoints.ts'
import { operations } from '../packages/surface/serve/src/generated/paths.ts'
import { createApp } from '../packages/surface/serve/src/server/app.ts'
import { servicesWith } from '../packages/surface/serve/src/testing/services.ts'
import { type Found, faultsOf, findOperations, generated, specsOf, textOf } from './operations.ts'

const found = await findOperations()
const [first] = found
const optimize = found.find(({ endpoint }) => endpoint.name === 'lake.optimize')
if (first === undefined || optimize === undefined) throw new Error('the operations are not found')
const changed = (change: Partial<Found['endpoint']>): readonly Found[] =>
  found.map((each) => (each === optimize ? { ...each, endpoint: Object.assign({ ...each.endpoint }, change) } : each))

test('every operation keeps to the rules', () => {
  expect(found.length).toBeGreaterThan(40)
  expect(faultsOf(found)).toEqual([])
})

test.each<[string, readonly Found[], string]>([
  ['a name that is not its file', changed({ name: 'lake.compact' }), 'lake.compact stands in lake/optimize.ts'],
  ['a name that is not a noun and a verb', changed({ name: 'optimize' }), 'a noun and a verb'],
  ['two operations of one name', [...found, optimize], 'lake.optimize stands twice'],
  ['two operations in one place', changed({ path: '/lake/vacuum' }), 'post /lake/vacuum'],
  ['a path without its parameter', changed({ path: '/lake/{project}/optimize' }), '{project}'],
  ['a field that travels in two ways', changed({ query: optimize.endpoint.body as never }), 'clusterBy'],
  [
    'two commands of one path',
    changed({ terminal: { ...commandsOf(optimize.endpoint)[0], path: 'lake vacuum' } as never }),
    'sluice lake vacuum',
  ],
  [
    'an argument that nothing describes',
    changed({ terminal: { show: () => '', examples: ['sluice lake optimize x'], args: [{ name: 'x', description: '' }] } }),
    'does not describe x',
  ],
  ['an example of another command', changed({ terminal: { show: () => '', examples: ['sluice lake vacuum'] } }), 'sluice lake vacuum'],
  ['a command without examples', changed({ terminal: { show: () => '', examples: [] } }), 'without an example'],
])('the rules find %s', (_, planted, fault) => {
  expect(faultsOf(planted)).toContainEqual(expect.stringContaining(fault))
})

test('lists, map, commands and page are those of the endpoints', () => {
  for (const [file, text] of generated(found)) expect(textOf(file), 'run: npm run operations').toBe(text)
})

test.each<[string, Partial<Found['endpoint']>]>([
  ['path', { path: '/lake/compaction' }],
  ['method', { method: 'patch' }],
  ['right', { right: 'viewer' }],
  ['summary', { summary: 'Something else' }],
  ['field', { body: first.endpoint.params as never, terminal: { show: () => '', examples: ['sluice lake optimize'] } }],
])('an endpoint whose %s changes shows in what is made of it', (_, change) => {
  const made = generated(changed(change))
  expect([...made].some(([file, text]) => textOf(file) !== text)).toBe(true)
})

interface Documented {
  readonly operationId: string
  readonly summary: string
  readonly 'x-least-role'?: string
}

test('the OpenAPI document holds every operation as its endpoint says, and no other below /api/v1', async () => {
  const app = createApp(servicesWith({}), { access: createAccess('k'.repeat(43)) })
  const answer = await app.request('/api/openapi.json', { headers: { host: 'localhost' } })
  const { paths } = (await answer.json()) as { readonly paths: Readonly<Record<string, Readonly<Record<string, Documented>>>> }
  const shown = Object.entries(paths)
    .filter(([path]) => path.startsWith('/api/v1/'))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, each]) => [each.operationId, method, path, each.summary, each['x-least-role']].join(' | ')),
    )
  const said = found.map(({ endpoint: { name, method, path, summary, right } }) =>
    [name, method, `/api/v1${path}`, summary, right].join(' | '),
  )
  expect(shown.sort()).toEqual(said.sort())
})

test('the client has a method for each operation, which asks where its endpoint is', async () => {
  const asked: string[] = []
  const client = createClient(async (path, { method }) => {
    asked.push(`${method?.toLowerCase()} ${path}`)
    return Response.json({})
  }) as unknown as Readonly<Record<string, Readonly<Record<string, (input: object) => Promise<unknown>>>>>
  const values = new Proxy({}, { get: () => 'x' })
  for (const { endpoint } of found) {
    const [noun = '', verb = ''] = endpoint.name.split('.')
    await client[noun]?.[verb]?.({ params: values })
  }
  expect(asked).toEqual(found.map(({ endpoint: { method, path } }) => `${method} /api/v1${path.replaceAll(/\{\w+\}/g, 'x')}`))
  expect(Object.keys(operations)).toEqual(found.map(({ endpoint }) => endpoint.name))
})

test('each command of an operation stands in the tree and loads its endpoint, which has it', async () => {
  expect(commands.map(({ path }) => path).sort()).toEqual(
    found
      .flatMap(specsOf)
      .map(({ path }) => path)
      .sort(),
  )
  for (const { path, operation, load } of commands) {
    const endpoint = await load()
    expect([endpoint.name, commandsOf(endpoint).map((each) => pathOf(endpoint, each))]).toEqual([operation, expect.arrayContaining([path])])
    expect(tree.filter((each) => each.path === path)).toHaveLength(1)
  }
  expect(endpoints.map(({ name }) => name)).toEqual(found.map(({ endpoint }) => endpoint.name))
})
