import type { SinkReceipt } from '@sluice/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pipelineSpec, type TestEngine, taskSpec, testEngine } from '../act/testing/test-engine.ts'

let t: TestEngine
beforeAll(async () => {
  t = await testEngine()
})
afterAll(() => t[Symbol.asyncDispose]())

test('the newest batch of a dataset is the one its sink wrote last: not a deletion, not a failure, not what was recorded last', async () => {
  const tasks = [taskSpec('land'), taskSpec('tidy', [], { kind: 'retain' })]
  await t.publishSpecs([pipelineSpec('p', tasks)])
  const { id: run } = await t.engine.trigger({ pipeline: 'p' })
  const receipt = (batch: string, writtenAt: number, rest: Partial<SinkReceipt> = {}): SinkReceipt => ({
    project: 'p',
    pipeline: 'p',
    run,
    task: 'land',
    attempt: 1,
    logicalTime: 0,
    dataset: 'p:lake.bronze.a',
    batch,
    generation: 1,
    status: 'written',
    reason: null,
    version: 'v',
    inputs: [],
    rowsIn: 1,
    rowsWritten: 1,
    rowsQuarantined: 0,
    bytes: 1,
    credits: 0,
    writtenAt,
    replayed: false,
    ...rest,
  })
  await t.engine.recordReceipts([
    receipt('newest', 50),
    receipt('failed', 60, { status: 'failed' }),
    receipt('deleted', 70, { task: 'tidy' }),
    receipt('other', 80, { dataset: 'p:lake.bronze.b' }),
  ])
  // As a rebuild of the ledger adds what was lost.
  await t.engine.recordReceipts([receipt('older', 40)])
  const found = await t.engine.newestBatches(['p:lake.bronze.a', 'p:lake.bronze.b', 'p:lake.bronze.never'])
  expect(found.map(({ dataset, batch, writtenAt, run: by }) => [dataset, batch, writtenAt, by]).sort()).toEqual([
    ['p:lake.bronze.a', 'newest', 50, run],
    ['p:lake.bronze.b', 'other', 80, run],
  ])
  expect(await t.engine.newestBatches([])).toEqual([])
})
