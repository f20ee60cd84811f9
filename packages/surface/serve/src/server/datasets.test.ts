import { expect, test } from 'vitest'
import { createAccess } from '../access/access.ts'
import { createClient } from '../client/client.ts'
import { commandsOf } from '../endpoint/endpoint.ts'
import { listDatasets } from '../operations/datasets/list.ts'
import { showDataset } from '../operations/datasets/show.ts'
import type { DatasetDetail } from '../services.ts'
import { servicesWith } from '../testing/services.ts'
import { createApp } from './app.ts'
import { inProcessTransport } from './in-process.ts'

const now = Date.parse('2026-11-29T12:00:00Z')
const minute = 60_000

const detail = (name: string, rest: Partial<DatasetDetail> = {}): DatasetDetail => ({
  dataset: `shop:lake.${name}`,
  project: 'shop',
  store: 'lake',
  name,
  description: null,
  owner: null,
  tags: [],
  keep: null,
  fresh: null,
  freshness: { state: 'no_expectation', dueAt: null, lateMs: null },
  newestBatch: null,
  holds: 'rows',
  columns: [],
  key: [],
  order: null,
  checks: [],
  references: [],
  filledBy: [],
  readBy: [],
  ...rest,
})
const late = detail('silver.orders', {
  owner: 'data-team',
  tags: ['sales'],
  keep: '90d',
  fresh: '45m',
  freshness: { state: 'late', dueAt: now - 15 * minute, lateMs: 15 * minute },
  newestBatch: {
    batch: 'b1',
    generation: 1,
    writtenAt: now - 60 * minute,
    rowsWritten: 1_200,
    rowsQuarantined: 3,
    pipeline: 'sales',
    task: 'clean',
    run: '01kb8r4m2x7q',
  },
  key: ['id'],
  columns: [
    { name: 'id', type: 'integer', notNull: true, personal: false, filled: false, oneOf: null, comment: null },
    { name: 'buyer', type: 'text(20)', notNull: false, personal: true, filled: false, oneOf: ['a', 'b'], comment: 'Who bought' },
  ],
  checks: [{ id: 'unique(id)', message: 'id occurs more than once' }],
  filledBy: [{ pipeline: 'sales', step: 'clean', kind: 'model' }],
  readBy: [{ pipeline: 'sales', step: 'report', kind: 'task' }],
})
const all = [late, detail('silver.twice'), { ...detail('silver.twice'), dataset: 'other:lake.silver.twice', project: 'other' }]

const app = createApp(
  servicesWith({ datasets: { all: async (project) => all.filter((each) => project === undefined || each.project === project) } }),
  { access: createAccess('k'.repeat(43)), verifyAnswers: true },
)
const client = createClient(inProcessTransport(app))

test('the list tells owner, newest batch and state, and leaves what only one dataset is asked for', async () => {
  const { items } = await client.datasets.list({ query: { project: 'shop' } })
  expect(items.map(({ name }) => name)).toEqual(['silver.orders', 'silver.twice'])
  expect(items[0]).not.toHaveProperty('columns')
  const [command] = commandsOf(listDatasets)
  const shown = (command as { show(answer: object, called: object): string }).show({ items, next: null }, { now, input: {} })
  expect(shown).toMatch(/NEWEST BATCH +ITS ROWS +STATE/)
  expect(shown).toMatch(/silver\.orders +data-team +sales +90d +45m +1h ago +1,200 +late/)
  expect(shown).toMatch(/silver\.twice +- +- +- +- +- +- +no_expectation/)
})

test.each(['silver.orders', 'lake.silver.orders', 'shop:lake.silver.orders'])('a dataset is found as %s', async (dataset) => {
  expect(await client.datasets.show({ params: { dataset } })).toEqual(late)
})

test('a name of several datasets, and one of none, are answered with those that may be meant', async () => {
  await expect(client.datasets.show({ params: { dataset: 'silver.twice' } })).rejects.toMatchObject({
    code: 'request.invalid',
    next: 'Write one of shop:lake.silver.twice, other:lake.silver.twice.',
  })
  expect((await client.datasets.show({ params: { dataset: 'silver.twice' }, query: { project: 'other' } })).project).toBe('other')
  await expect(client.datasets.show({ params: { dataset: 'silver.ordres' } })).rejects.toMatchObject({
    code: 'not_found',
    next: 'Did you mean silver.orders?',
  })
})

test('people read what is declared, how late it is, and who fills and reads it', () => {
  const [command] = commandsOf(showDataset)
  const shown = (command as { show(answer: object, called: object): string }).show(late, { now, input: {} })
  for (const line of [
    /state +late, by 15m: due at 2026-11-29 11:45:00Z/,
    /newest batch +2026-11-29 11:00:00Z \(1h ago\): 1,200 rows, 3 quarantined, by sales \/ clean in run 01kb8r4m2x7q/,
    /buyer +text\(20\) +yes +yes +Who bought; one of a, b/,
    /unique\(id\) +id occurs more than once/,
    /sales +clean +model +fills/,
    /sales +report +task +reads/,
  ])
    expect(shown).toMatch(line)
})
