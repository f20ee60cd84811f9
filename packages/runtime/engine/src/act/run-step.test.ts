import {
  authoring,
  type Capability,
  type ContextSlot,
  dataset,
  inputsOf,
  type Model,
  model,
  pipeline,
  raw,
  readingOf,
  sql,
  takeExternal,
  text,
  writeOf,
  written,
} from '@sluice/author'
import { batchId, type DatasetRef, type Receipt } from '@sluice/core'
import { expect, test } from 'vitest'
import { compose } from './capabilities.ts'
import { type InProcessOptions, runInProcess } from './run-in-process.ts'

interface Sinks {
  land(dataset: string): Promise<DatasetRef<'lake'>>
  connection(name: string): { readonly url: string }
}
interface SinksSlot extends ContextSlot {
  readonly context: Sinks
}
const { task, sensor } = authoring<SinksSlot>()

/** A sink in memory that keeps the contract of sinks: a repeated write is answered with its first receipt. It also carries out models. */
function memorySink(): { readonly capability: Capability<Sinks>; readonly writes: Receipt[] } {
  const known = new Map<string, Receipt>()
  const writes: Receipt[] = []
  const sink = ({ dataset, batch, generation, inputs }: ReturnType<typeof writeOf>): Receipt => {
    const first = known.get(`${dataset} ${batch} ${generation}`)
    if (first !== undefined) return { ...first, replayed: true }
    const counts = { rowsIn: 2, rowsWritten: 2, rowsQuarantined: 0, bytes: 1, credits: 0, writtenAt: 0, replayed: false }
    const receipt: Receipt = { dataset, batch, generation, inputs, status: 'written', reason: null, version: `v${known.size}`, ...counts }
    known.set(`${dataset} ${batch} ${generation}`, receipt)
    writes.push(receipt)
    return receipt
  }
  return {
    writes,
    capability: {
      name: 'sink',
      context: (attempt) => ({
        land: async (dataset) => {
          await Promise.resolve()
          return written(attempt, 'lake', sink(writeOf(attempt, 'lake', dataset)))
        },
        connection: (name) => ({ url: `http://${name}` }),
      }),
      writes: ['land'],
      steps: {
        model: async (attempt) => {
          const { sql, into } = attempt.step as Model
          const receipt = sink(writeOf(attempt, 'lake', into.name, { inputs: inputsOf(sql, await readingOf(attempt, sql)) }))
          takeExternal(attempt, receipt.inputs)
          return written(attempt, 'lake', receipt)
        },
      },
    },
  }
}

const landed = dataset('bronze.x', { on: 'lake', bodies: raw() })
const typed = dataset('silver.x', { on: 'lake', columns: { a: text() } })
const silver = model({ into: typed, from: { landed }, refresh: 'batch', query: () => sql`select payload as a from ${landed.batch}` })

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const optionsOf = (...capabilities: readonly Capability[]): InProcessOptions => ({
  project: 'p',
  timeZone: 'UTC',
  interval: { start: 0, end: 10 },
  capabilities,
  logOf: () => quiet,
  sleep: async () => undefined,
})

test('a retry lands under the batch of the first attempt, and a model names the batch it read', async () => {
  const { capability, writes } = memorySink()
  let tries = 0
  const land = task({
    name: 'land',
    fills: [landed],
    retry: { attempts: 2, delay: '1ms' },
    run: async (_, context) => {
      const ref = await context.land('bronze.x')
      if (++tries === 1) throw new Error('after the write')
      return ref
    },
  })
  const run = await runInProcess(pipeline({ name: 'q', steps: [silver, land] }), optionsOf(capability))
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

const timed =
  <Given extends unknown[], Answer>(work: (...given: Given) => Answer) =>
  (...given: Given): Answer =>
    work(...given)

test('a function that is wrapped, takes its rest or has defaults is given the context all the same', async () => {
  const { capability } = memorySink()
  const wrapped = task({ name: 'wrapped', run: timed((_: object, { connection }: Sinks) => connection('a').url) })
  const rest = task({ name: 'rest', run: (...given) => given[1].connection('b').url })
  const early = task({ name: 'early', run: (_ = {}, context) => context.connection('c').url })
  const waits = sensor({
    name: 'waits',
    every: '1s',
    timeout: '1m',
    poll: timed((_: object, { connection }: Sinks) => connection('d').url),
  })
  const run = await runInProcess(pipeline({ name: 'q', steps: [wrapped, rest, early, waits] }), optionsOf(capability))
  expect(run.tasks.map(({ output }) => output)).toEqual(['http://a', 'http://b', 'http://c', 'http://d'])
})

test('a kind of step that no capability carries out is refused by name', async () => {
  const plain = model({ into: typed, refresh: 'full', query: () => sql`select 1 as a` })
  const run = await runInProcess(pipeline({ name: 'q', steps: [plain] }), optionsOf())
  expect(run.tasks[0]?.error).toMatchObject({ code: 'definition.invalid', message: 'nothing here carries out steps of kind model' })
})

test('two capabilities that add the same member, or carry out the same kind of step, are a fault of the list', async () => {
  const { capability } = memorySink()
  expect(() => compose([capability, { ...capability, name: 'twin' }])).toThrow(/twin carries out steps of kind model/)
  const { steps: _, ...twin } = capability
  const ask = task({ name: 'ask', run: () => 1 })
  const run = await runInProcess(pipeline({ name: 'q', steps: [ask] }), optionsOf(capability, { ...twin, name: 'twin' }))
  expect(run.tasks[0]?.error?.message).toBe('the capability twin adds to the context land, and so does another')
})

test('capabilities are closed in the opposite order, those that a failure precedes too', async () => {
  const closed: string[] = []
  const named = (name: string, fails = false): Capability => ({
    name,
    close: async () => {
      closed.push(name)
      if (fails) throw new Error(`${name} does not close`)
    },
  })
  await expect(compose([named('a'), named('b', true), { name: 'without' }, named('c')]).close()).rejects.toThrow('b does not close')
  expect(closed).toEqual(['c', 'b', 'a'])
})

test('batches that other pipelines wrote are given to a step once, and again to the run that took them', async () => {
  const { capability, writes } = memorySink()
  const land = task({ name: 'land', fills: [landed], run: (_, context) => context.land('bronze.x') })
  const history = { written: [], taken: [] }
  const go = (steps: Parameters<typeof pipeline>[0], key: `scheduled:${number}`, generation = 1) =>
    runInProcess(pipeline(steps), { ...optionsOf(capability), history, key, generation })
  const landing = { name: 'landing', steps: [land] }
  const taking = { name: 'taking', steps: [silver] }
  await go(landing, 'scheduled:1')
  await go(landing, 'scheduled:2')
  const inputs = async (key: `scheduled:${number}`, generation = 1, of: Parameters<typeof pipeline>[0] = taking) => {
    await go(of, key, generation)
    return writes.at(-1)?.inputs.map(({ version }) => version)
  }
  expect(await inputs('scheduled:2')).toEqual(['v0', 'v1'])
  expect(await inputs('scheduled:3')).toEqual([])
  await go(landing, 'scheduled:3')
  expect(await inputs('scheduled:4')).toEqual(['v4'])
  expect(await inputs('scheduled:2', 2)).toEqual(['v0', 'v1'])
  expect(await inputs('scheduled:5', 1, { ...taking, name: 'other' })).toEqual(['v0', 'v1', 'v4'])
})

test('a pipeline whose runs overlap is refused batches that other pipelines write', async () => {
  const run = await runInProcess(pipeline({ name: 'taking', maxActiveRuns: 2, steps: [silver] }), optionsOf(memorySink().capability))
  expect(run.tasks[0]?.error).toMatchObject({ code: 'definition.invalid', next: 'Set maxActiveRuns: 1 for taking.' })
})

test('a task that does not wait for a write fails by the name of the call, and the receipt of the write is kept', async () => {
  const { capability, writes } = memorySink()
  const forgets = task({
    name: 'forgets',
    fills: [landed],
    run: (_, { land }) => {
      void land('bronze.x')
    },
  })
  const run = await runInProcess(pipeline({ name: 'q', steps: [forgets] }), optionsOf(capability))
  expect(run.tasks[0]).toMatchObject({
    state: 'failed',
    attempts: 1,
    error: { code: 'task.unawaited', message: 'forgets ended while land was at work', next: expect.stringContaining('await') },
    receipts: [{ dataset: 'p:lake.bronze.x' }],
  })
  expect(writes).toHaveLength(1)
})

test('a promise that goes on after its task has ended is refused at its next call, and writes nothing', async () => {
  const { capability, writes } = memorySink()
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  let late: Promise<unknown> = Promise.resolve()
  const leaves = task({
    name: 'leaves',
    fills: [landed],
    run: (_, { land, connection }) => {
      late = released.then(() => land('bronze.x'))
      late.catch(() => undefined)
      return connection('before').url
    },
  })
  const polls = sensor({
    name: 'polls',
    every: '1s',
    timeout: '1m',
    after: [leaves],
    poll: (_, { connection }) => connection('other').url,
  })
  const run = await runInProcess(pipeline({ name: 'q', steps: [leaves, polls] }), optionsOf(capability))
  release()
  await expect(late).rejects.toMatchObject({ code: 'task.unawaited', message: 'leaves has ended, and calls land all the same' })
  expect([run.state, writes]).toEqual(['success', []])
})

test('a read that lost a race does not keep its task from ending well', async () => {
  const asking: Capability<{ readonly ask: (what: string) => Promise<string> }> = {
    name: 'ask',
    context: () => ({ ask: (what) => (what === 'slow' ? new Promise(() => undefined) : Promise.resolve(what)) }),
  }
  const races = authoring<ContextSlot & { readonly context: { readonly ask: (what: string) => Promise<string> } }>().task({
    name: 'races',
    run: (_, { ask }) => Promise.race([ask('slow'), ask('quick')]),
  })
  expect((await runInProcess(pipeline({ name: 'q', steps: [races] }), optionsOf(asking))).tasks[0]?.output).toBe('quick')
})

test('a poll that forgets to answer fails by name: it is neither not yet nor there', async () => {
  const forgets = sensor({ name: 'forgets', every: '1s', timeout: '1m', poll: () => undefined })
  const run = await runInProcess(pipeline({ name: 'q', steps: [forgets] }), optionsOf())
  expect(run.tasks[0]).toMatchObject({
    state: 'failed',
    error: { code: 'task.output', message: 'the poll of forgets gave undefined, which says neither "not yet" nor "there"' },
  })
})
