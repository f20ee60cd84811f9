import { requestErrors } from '@sluice/core'
import { beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { pageOf } from '../schemas/values.ts'
import { commandsOf, endpoint } from './endpoint.ts'
import { Line } from './line.ts'
import { operationSpec } from './operation-spec.ts'
import { runCommand } from './run-command.ts'
import type { Terminal } from './terminal.ts'
import { UsageError } from './usage.ts'

const order = endpoint({
  name: 'shop.order',
  method: 'post',
  path: '/shops/{shop}/orders',
  right: 'editor',
  scope: 'platform',
  summary: 'Order',
  params: z.object({ shop: z.string() }),
  query: z.object({ project: z.string().optional() }),
  body: z.object({ item: z.string(), count: z.number().int().optional(), gift: z.boolean().optional() }),
  answer: z.object({ total: z.number() }),
  handle: async () => ({ total: 0 }),
  terminal: {
    args: ['shop', 'item'],
    fields: ['count'],
    fixed: { body: { gift: true } },
    input: (_, line) => ({ body: line.flag('dozen') ? { count: 12 } : {} }),
    before: (_, { body }) => {
      if (body.count === 0) throw new UsageError('order something')
    },
    confirm: { yes: 'do not ask', question: ({ body }) => (body.item === 'car' ? 'Really?' : undefined) },
    examples: ['sluice shop order a b'],
    show: ({ total }, { input }) => `${input.body.item}: ${total}`,
    after: ({ output }) => output.note('thanks'),
    exit: ({ total }) => (total > 9 ? 1 : 0),
  },
})
const listed = endpoint({
  name: 'shop.list',
  method: 'get',
  path: '/shops',
  right: 'viewer',
  scope: 'platform',
  summary: 'List',
  answer: pageOf(z.string()),
  handle: async () => ({ items: [], next: null }),
  terminal: { inOwnProcess: (line) => line.flag('here'), examples: ['sluice shop list'], show: ({ items }) => items.join() },
})

let told: unknown[] = []
beforeEach(() => {
  told = []
})
const answers = (answer: unknown, where = 'server'): Pick<Terminal, 'call'> => ({
  call: async (called, ...[input]) => {
    told.push([where, called.name, input])
    return answer as never
  },
})
const terminal = (answer: unknown): Terminal => ({
  ...({} as Terminal),
  ...answers(answer),
  ownProcess: { ...answers(answer, 'own process'), stream: () => Promise.reject(new Error('not asked')) },
  project: 'crypto',
  confirm: async (question, yes) => void told.push([question, yes]),
  output: {
    json: false,
    interactive: false,
    result: (value, text) => told.push([value, text()]),
    note: (text) => told.push(text),
    bytes: () => undefined,
  },
})

async function run(of: typeof order | typeof listed, answer: unknown, args: object, options: object = {}): Promise<number | undefined> {
  const [command] = commandsOf(of)
  if (command === undefined) throw new Error('it has a command')
  return await runCommand(operationSpec(of, command), of, command, terminal(answer), new Line({ ...args }, { ...options }))
}

test('arguments, options, what is fixed and what is computed become the input; the answer is shown, noted and ends with its code', async () => {
  expect(await run(order, { total: 3 }, { shop: 's', item: 'pen' }, { count: 2 })).toBe(0)
  expect(told).toEqual([
    ['server', 'shop.order', { params: { shop: 's' }, query: { project: 'crypto' }, body: { item: 'pen', count: 2, gift: true } }],
    [{ total: 3 }, 'pen: 3'],
    'thanks',
  ])
  expect(await run(order, { total: 10 }, { shop: 's', item: 'pen' }, { dozen: true })).toBe(1)
  expect(told[3]).toMatchObject(['server', 'shop.order', { body: { count: 12 } }])
})

test('a question is asked before the call, where there is one', async () => {
  await run(order, { total: 3 }, { shop: 's', item: 'car' }, { yes: true })
  expect(told[0]).toEqual(['Really?', true])
  expect(told[1]).toMatchObject(['server', 'shop.order', {}])
})

test('a needed field that is missing, and what the command refuses, are usage errors before any call', async () => {
  await expect(run(order, {}, { shop: 's' })).rejects.toThrow(new UsageError('missing argument <item>'))
  await expect(run(order, {}, { shop: 's', item: 'pen' }, { count: 0 })).rejects.toThrow('order something')
  expect(told).toEqual([])
})

test('a value that the operation refuses is told by the command, and not by the document of the API', async () => {
  const refused = requestErrors.invalid('count: too big', { facts: { faults: [{ field: 'count' }] }, next: 'See /api/openapi.json.' })
  const [command] = commandsOf(order)
  if (command === undefined) throw new Error('it has a command')
  const asked = { ...terminal({}), call: () => Promise.reject(refused) }
  await expect(
    runCommand(operationSpec(order, command), order, command, asked, new Line({ shop: 's', item: 'pen' }, {})),
  ).rejects.toMatchObject({
    code: 'request.invalid',
    message: 'count: too big',
    next: 'Correct what is named; sluice shop order --help says what the command takes.',
  })
})

test('programs get a page as its items; a command may ask its own process', async () => {
  await run(listed, { items: ['a', 'b'], next: null }, {})
  await run(listed, { items: [], next: null }, {}, { here: true })
  expect(told).toEqual([
    ['server', 'shop.list', {}],
    [['a', 'b'], 'a,b'],
    ['own process', 'shop.list', {}],
    [[], ''],
  ])
})
