import type { Batches } from '@sluice/author'
import type { Receipt } from '@sluice/core'
import { fc } from '@sluice/core/testing/properties'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pipelineSpec, type TestEngine, taskSpec, testEngine } from '../act/testing/test-engine.ts'
import { type History, waitingFor, writtenInRun } from '../plan/batches-at-hand.ts'
import { batchesFor } from './batches.ts'

let t: TestEngine
beforeAll(async () => {
  t = await testEngine()
})
afterAll(() => t[Symbol.asyncDispose]())

const datasets = ['p:lake.bronze.a', 'p:lake.silver.b'] as const
const tasks = ['land', 'clean', 'tidy'] as const
const pipelines = ['one', 'two'] as const

/** Rows of the ledger and of what was taken, at random: runs of two pipelines with three tasks each. */
const wrote = fc.record({
  pipeline: fc.constantFrom(...pipelines),
  run: fc.constantFrom(1, 2),
  task: fc.constantFrom(...tasks),
  dataset: fc.constantFrom(...datasets),
  batch: fc.constantFrom('x', 'y', 'z'),
  generation: fc.constantFrom(1, 2),
  rows: fc.constantFrom(0, 3),
  failed: fc.boolean(),
})
const took = fc.record({
  pipeline: fc.constantFrom(...pipelines),
  run: fc.constantFrom(1, 2),
  task: fc.constantFrom(...tasks),
  dataset: fc.constantFrom(...datasets),
  batch: fc.constantFrom('x', 'y', 'z'),
})

test('the ledger answers what batches a step has at hand as the plan does', async () => {
  await t.publishSpecs(
    pipelines.map((name) =>
      pipelineSpec(
        name,
        tasks.map((task) => taskSpec(task, [], { kind: task === 'tidy' ? 'retain' : 'task' })),
      ),
    ),
  )
  const ids = new Map<string, string>()
  for (const pipeline of pipelines) for (const run of [1, 2]) ids.set(`${pipeline}-${run}`, (await t.engine.trigger({ pipeline })).id)
  const rows = await t.pool.query<{ id: number; run: string; task: string; definition: number }>(
    'select id, run, task, definition from sluice.task_run',
  )
  const taskRun = (run: string, task: string) => rows.find((row) => row.run === run && row.task === task)
  await fc.assert(
    fc.asyncProperty(fc.array(wrote, { maxLength: 20 }), fc.array(took, { maxLength: 6 }), async (writes, takes) => {
      await t.pool.query('truncate sluice.ledger, sluice.taken')
      const history: History = { written: [], taken: [] }
      const [written, taken] = [history.written as History['written'][number][], history.taken as History['taken'][number][]]
      for (const { pipeline, run, task, dataset, batch, generation, rows: rowsWritten, failed } of writes) {
        const id = ids.get(`${pipeline}-${run}`) ?? ''
        if (written.some(({ receipt }) => receipt.batch === batch && receipt.generation === generation && receipt.dataset === dataset))
          continue
        const receipt = {
          dataset,
          batch,
          generation,
          status: failed ? 'failed' : 'written',
          rowsWritten,
          version: `v${written.length}`,
        } as Receipt
        written.push({ run: id, task, kind: task === 'tidy' ? 'retain' : 'task', receipt })
        await t.pool.query(
          'insert into sluice.ledger (task_run, attempt, dataset, batch, generation, status, receipt) values ($1, 1, $2, $3, $4, $5, $6::jsonb)',
          [taskRun(id, task)?.id, dataset, batch, generation, receipt.status, JSON.stringify(receipt)],
        )
      }
      for (const { pipeline, run, ...of } of takes) {
        const known = taken.some(
          (each) => each.pipeline === pipeline && each.task === of.task && each.dataset === of.dataset && each.batch === of.batch,
        )
        if (known) continue
        taken.push({ pipeline, run: ids.get(`${pipeline}-${run}`) ?? '', ...of })
        await t.pool.query('insert into sluice.taken select r.pipeline, $1, $2, $3, r.id from sluice.run r where r.id = $4', [
          of.task,
          of.dataset,
          of.batch,
          ids.get(`${pipeline}-${run}`),
        ])
      }
      for (const [name, run] of ids) {
        for (const task of tasks) {
          const at = taskRun(run, task)
          const asking = { pipeline: name.slice(0, 3), task, run }
          const ledger: Batches = batchesFor(t.pool, { id: at?.id ?? 0, run, task, definitionId: at?.definition ?? 0 })
          for (const asked of [[datasets[0]], datasets]) {
            expect(await ledger.written(asked)).toEqual(writtenInRun(history, asking, asked))
            expect(await ledger.waiting(asked)).toEqual(waitingFor(history, asking, asked))
          }
        }
      }
    }),
    { numRuns: 15 },
  )
})
