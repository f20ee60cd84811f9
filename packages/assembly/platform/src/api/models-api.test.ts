import { type AnyDataset, dataset, integer, json, model, modelSpec, sql, text } from '@sluice/author'
import { refTo, testReading } from '@sluice/author/testing'
import type { SinkReceipt } from '@sluice/core'
import type { AskedLake } from '@sluice/lake'
import { page, temporaryLake, writeTo } from '@sluice/lake/testing'
import { runModel } from '@sluice/transform'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { modelsApi } from './models-api.ts'

let at: Awaited<ReturnType<typeof temporaryLake>>
beforeEach(async () => {
  at = await temporaryLake()
})
afterEach(() => at.close())

const landed = dataset('bronze.coins', { on: 'lake', bodies: json('$[*]', { coin: text(), rank: text() }) })
const table = dataset('public.coins', { on: 'warehouse', columns: { coin: text() } })
const coinsAs = (rank: 'integer' | 'text') => {
  const into = dataset('silver.coins', { on: 'lake', columns: { coin: text(), rank: rank === 'integer' ? integer() : text() } })
  return model({ into, from: { landed }, refresh: 'batch', query: ({ landed }) => sql`select coin, rank from ${landed.batch}` })
}
const recorded: SinkReceipt[] = []
const apiOf = (definition: ReturnType<typeof coinsAs>, projects: readonly string[] = ['demo']) => {
  const datasets = [landed, table, definition.into] as unknown as readonly AnyDataset[]
  const models = [{ ...modelSpec(definition as never), place: null, file: 'pipelines/p.ts' }]
  return modelsApi(
    { definitions: async () => projects.map((name) => ({ name, timeZone: 'UTC', datasets, models })) as never, settings: {} as never },
    { lakes: { named: async () => at.lake as AskedLake }, warehouses: { of: async () => expect.unreachable('no warehouse is asked') } },
    {
      newestBatches: async () => [],
      recordReceipts: async (receipts) => {
        recorded.push(...receipts)
        return { added: 0, foreign: 0 }
      },
    },
  )
}
const asked = (name: string, more: object = {}) => ({
  dataset: name,
  dryRun: false,
  by: 'ada',
  signal: new AbortController().signal,
  projects: 'all' as const,
  ...more,
})

test('a name means a dataset of the projects that whoever asks may change, and of no other', async () => {
  const api = apiOf(coinsAs('text'), ['crypto', 'shop'])
  const refused = async (name: string, projects: readonly string[]): Promise<string> =>
    JSON.stringify(await api.rebuild(asked(name, { projects })).catch((error: Error) => [error.message, error]))
  // Of both only one is theirs: the name is not taken for two, and the other is not named.
  expect(await refused('silver.coins', ['shop'])).toContain('lake.dataset_unknown')
  expect(await refused('silver.coins', ['shop'])).not.toContain('crypto')
  for (const name of ['silver.coins', 'crypto:lake.silver.coins', 'silver.coin']) {
    expect(await refused(name, ['elsewhere'])).toContain('not_found')
    expect(await refused(name, ['elsewhere'])).not.toMatch(/Did you mean|shop/)
  }
})

test('a table is made anew with the columns that are declared now, and the ledger learns the counts that changed', async () => {
  const before = coinsAs('integer')
  const interval = { start: 0, end: 1 }
  const bronze = await at.lake.land(
    writeTo('bronze.coins'),
    (async function* () {
      yield page('[{"coin":"btc","rank":"1"},{"coin":"odd","rank":"first"}]')
    })(),
  )
  const reading = testReading([landed, before.into], { batches: { [landed.id]: [refTo('lake', bronze)] }, interval })
  await runModel({ model: before as never, write: { ...writeTo('silver.coins'), interval }, reading, lake: at.lake })
  const api = apiOf(coinsAs('text'))
  const plan = await api.rebuild(asked('silver.coins', { dryRun: true }))
  expect(plan).toMatchObject({ columns: [{ column: 'rank', from: 'integer', to: 'string' }], byQuery: 1, finished: false, rowsBefore: 1 })
  expect(await api.rebuild(asked('demo:lake.silver.coins'))).toMatchObject({ finished: true, rows: 2, quarantined: 0 })
  expect(recorded).toMatchObject([{ rowsIn: 2, rowsWritten: 2, rowsQuarantined: 0 }])
  expect((await at.lake.history('silver.coins'))[0]).toMatchObject({ operation: 'REBUILD' })
})

test('a name that means no table of the lake that a model fills is refused with the way on', async () => {
  const api = apiOf(coinsAs('text'))
  await expect(api.rebuild(asked('silver.coin'))).rejects.toMatchObject({
    code: 'not_found',
    next: expect.stringContaining('silver.coins'),
  })
  await expect(api.rebuild(asked('public.coins'))).rejects.toMatchObject({
    code: 'request.invalid',
    next: expect.stringContaining('migration'),
  })
  await expect(api.rebuild(asked('bronze.coins'))).rejects.toMatchObject({ code: 'request.invalid' })
  await expect(api.rebuild(asked('silver.coins'))).rejects.toMatchObject({ code: 'lake.dataset_unknown' })
  const two = apiOf(coinsAs('text'), ['demo', 'shop'])
  await expect(two.rebuild(asked('silver.coins'))).rejects.toMatchObject({ next: expect.stringContaining('--project demo') })
})
