import { model, type Pages, pipeline, rawSql, sql, task, text } from '@sluice/author'
import { batchId, type Json, type Receipt } from '@sluice/core'
import { expect, test } from 'vitest'
import { type InProcessOptions, runInProcess } from './run-in-process.ts'
import type { ProjectServices } from './services.ts'

/** Sinks in memory that keep the contract of `ProjectServices`: a repeated write is answered with its first receipt. */
function memoryServices(): { readonly services: ProjectServices; readonly writes: Receipt[] } {
  const written = new Map<string, Receipt>()
  const writes: Receipt[] = []
  const sink = async ({ dataset, batch, generation, inputs }: Parameters<ProjectServices['land']>[0]): Promise<Receipt> => {
    const known = written.get(`${dataset} ${batch} ${generation}`)
    if (known !== undefined) return { ...known, replayed: true }
    const counts = { rowsIn: 2, rowsWritten: 2, rowsQuarantined: 0, bytes: 1, credits: 0, writtenAt: 0, replayed: false }
    const receipt: Receipt = { dataset, batch, generation, inputs, status: 'written', reason: null, version: `v${written.size}`, ...counts }
    written.set(`${dataset} ${batch} ${generation}`, receipt)
    writes.push(receipt)
    return receipt
  }
  const none = (): never => {
    throw new Error('not here')
  }
  const rows = async (): Promise<readonly Readonly<Record<string, Json>>[]> => [{ n: 1 }]
  const services: ProjectServices = {
    secrets: [],
    land: (write) => sink(write),
    exportGold: (write) => sink(write),
    lakeQuery: rows,
    warehouseQuery: rows,
    runModel: (_, write) => sink(write),
    runLoad: (_, write) => sink(write),
    retain: none,
    notify: none,
    http: none,
    connection: none,
    variable: none,
    secret: none,
    budget: none,
    close: async () => undefined,
  }
  return { services, writes }
}

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const optionsOf = (services: ProjectServices): InProcessOptions => ({
  project: 'p',
  timeZone: 'UTC',
  interval: { start: 0, end: 10 },
  services,
  logOf: () => quiet,
  sleep: async () => undefined,
})
const noPages: Pages = (async function* () {})()

test('a retry lands under the batch of the first attempt, and a model names the batch it read', async () => {
  const { services, writes } = memoryServices()
  let tries = 0
  const land = task({
    name: 'land',
    retry: { attempts: 2, delay: '1ms' },
    run: async (_, { lake }) => {
      const ref = await lake.land('bronze.x', noPages)
      if (++tries === 1) throw new Error('after the write')
      return ref
    },
  })
  const silver = model({
    name: 'silver.x',
    on: 'lake',
    columns: { a: text() },
    refresh: { by: 'batch' },
    query: () => sql`select a from ${land}`,
  })
  const run = await runInProcess(pipeline({ name: 'q', steps: [silver] }), optionsOf(services))
  expect(run.state).toBe('success')
  const dataset = 'p:lake.bronze.x'
  const batch = batchId({ project: 'p', pipeline: 'q', task: 'land', mapKey: null, runKey: 'manual:test', dataset, write: 'main' })
  expect(writes).toMatchObject([
    { dataset, batch },
    { dataset: 'p:lake.silver.x', inputs: [{ dataset, batch, version: 'v0' }] },
  ])
  expect(run.tasks[0]?.receipts.map(({ replayed }) => replayed)).toEqual([false, true])
  expect(run.tasks[1]?.output).toMatchObject({ store: 'lake', dataset: 'p:lake.silver.x', rows: 2 })
})

test('a model over a task that gave no dataset says so', async () => {
  const { services } = memoryServices()
  const land = task({ name: 'land', run: (_, { lake }) => lake.land('bronze.x', noPages) })
  const nothing = { ...land, run: async () => undefined as never }
  const silver = model({
    name: 'silver.x',
    on: 'lake',
    columns: { a: text() },
    refresh: { by: 'batch' },
    query: () => sql`select a from ${nothing}`,
  })
  const run = await runInProcess(pipeline({ name: 'q', steps: [silver] }), optionsOf(services))
  expect(run.tasks[1]?.error).toMatchObject({ code: 'task.output', message: 'silver.x reads what land wrote, and land gave no dataset' })
})

test('small results are queried with the context', async () => {
  const { services } = memoryServices()
  const ask = task({ name: 'ask', run: async (_, { lake }) => (await lake.query(rawSql('select 1 as n'))).length })
  const run = await runInProcess(pipeline({ name: 'q', steps: [ask] }), optionsOf(services))
  expect(run.tasks[0]?.output).toBe(1)
})
