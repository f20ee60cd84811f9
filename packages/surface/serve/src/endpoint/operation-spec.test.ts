import { expect, test } from 'vitest'
import { z } from 'zod'
import { instantInput } from '../schemas/values.ts'
import { commandsOf, endpoint } from './endpoint.ts'
import { operationSpec } from './operation-spec.ts'

const shelf = endpoint({
  name: 'shelf.tidyUp',
  method: 'post',
  path: '/shelf/{shelf}/tidy',
  right: 'editor',
  scope: 'platform',
  summary: 'Put everything back',
  params: z.object({ shelf: z.string().describe('its name') }),
  query: z.object({
    project: z.string().optional(),
    limit: z.coerce.number().int().optional().describe('at most so many'),
    cursor: z.string().optional(),
  }),
  body: z.object({
    by: z.enum(['size', 'name']).default('name').describe('the order'),
    dryRun: z.boolean().optional().describe('only list'),
    since: instantInput.meta({ description: 'what is newer' }),
    labels: z.array(z.string()).optional().describe('only these'),
    share: z.number().optional().describe('of the shelf'),
  }),
  answer: z.object({ moved: z.number() }),
  handle: async () => ({ moved: 0 }),
  terminal: [
    { args: ['shelf'], examples: ['sluice shelf tidyUp a'], show: ({ moved }) => String(moved) },
    {
      path: 'shelf sort',
      summary: 'Sort it',
      args: [
        { field: 'labels', name: 'label' },
        { name: 'why', description: 'a reason' },
      ],
      fields: ['since'],
      change: { since: { flags: '-s, --since <day>', default: 'today' } },
      options: [{ flags: '--loud', description: 'tell everybody' }],
      confirm: { yes: 'do not ask', question: () => 'Sort?' },
      examples: ['sluice shelf sort'],
      show: () => '',
    },
  ],
})
const [plain, sorted] = commandsOf(shelf).map((command) => operationSpec(shelf, command))

test('options come from the schema of the input: flags, numbers, times, lists, choices with their default', () => {
  expect(plain).toMatchObject({ path: 'shelf tidyUp', operation: 'shelf.tidyUp', summary: 'Put everything back' })
  expect(plain?.args).toEqual([{ name: 'shelf', description: 'its name' }])
  expect(plain?.options).toEqual([
    { flags: '--limit <n>', description: 'at most so many', type: 'whole' },
    { flags: '--by <by>', description: 'the order', choices: ['size', 'name'], default: 'name' },
    { flags: '--dry-run', description: 'only list' },
    { flags: '--since <time>', description: 'what is newer' },
    { flags: '--labels <labels...>', description: 'only these' },
    { flags: '--share <n>', description: 'of the shelf', type: 'number' },
  ])
})

test('each field knows where it travels, what it is called on the line, and whether the operation needs it', () => {
  expect(plain?.fields).toEqual([
    { name: 'shelf', part: 'params', from: 'shelf', needed: true },
    { name: 'limit', part: 'query', from: 'limit' },
    { name: 'by', part: 'body', from: 'by' },
    { name: 'dryRun', part: 'body', from: 'dryRun' },
    { name: 'since', part: 'body', from: 'since', needed: true },
    { name: 'labels', part: 'body', from: 'labels' },
    { name: 'share', part: 'body', from: 'share' },
    { name: 'project', part: 'query', from: 'project' },
  ])
})

test('a command says what differs: its path, its words, its arguments and options, and a question', () => {
  expect(sorted).toMatchObject({ path: 'shelf sort', summary: 'Sort it' })
  expect(sorted?.args).toEqual([
    { name: 'label', description: 'only these', optional: true, many: true },
    { name: 'why', description: 'a reason' },
  ])
  expect(sorted?.options).toEqual([
    { flags: '-s, --since <day>', description: 'what is newer', default: 'today' },
    { flags: '--loud', description: 'tell everybody' },
    { flags: '-y, --yes', description: 'do not ask' },
  ])
})

test('a field of which a line cannot give a value is refused where commands are made', () => {
  const of = (field: z.ZodType) =>
    endpoint({
      name: 'shelf.look',
      method: 'post',
      path: '/shelf',
      right: 'viewer',
      scope: 'platform',
      summary: 'Look',
      body: z.object({ field }),
      answer: z.object({}),
      handle: async () => ({}),
      terminal: { examples: ['sluice shelf look'], show: () => '' },
    })
  for (const field of [z.object({ a: z.string() }), z.array(z.number()), z.record(z.string(), z.string()), z.null()]) {
    const wrong = of(field)
    const [command] = commandsOf(wrong)
    expect(() => command && operationSpec(wrong, command)).toThrow('the field field is neither text')
  }
})

test('a field that the input does not have is a compile error, and refused', () => {
  const wrong = endpoint({
    name: 'shelf.look',
    method: 'get',
    path: '/shelf',
    right: 'viewer',
    summary: 'Look',
    query: z.object({ color: z.string() }),
    answer: z.object({}),
    handle: async () => ({}),
    // @ts-expect-error the input has no such field
    terminal: { args: ['colour'], examples: ['sluice shelf look'], show: () => '' },
  })
  const [command] = commandsOf(wrong)
  expect(() => command && operationSpec(wrong, command)).toThrow('no field colour')
})
