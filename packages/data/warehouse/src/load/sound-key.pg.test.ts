import { dataset, integer, text } from '@sluice/author'
import { batchId, manualRunKey } from '@sluice/core'
import { expect, test } from 'vitest'
import { loadBatch } from '../index.ts'
import { testWarehouse } from '../testing/index.ts'

const things = dataset('public.things', {
  on: 'warehouse',
  columns: { id: integer(), part: text({ max: 4 }), n: integer() },
  key: ['id', 'part'],
  quarantine: { fail: 1, key: 'none' },
})
const identity = { project: 'demo', pipeline: 'p', task: 't', mapKey: null, dataset: 'demo:warehouse.public.things', write: 'main' }
const writeOf = (run: string) => ({
  ...identity,
  run,
  attempt: 1,
  batch: batchId({ ...identity, runKey: manualRunKey(run) }),
  generation: 1,
  logicalTime: 0,
  inputs: [],
})

async function* csv(text: string) {
  yield text
}

test('where none of the key may be in quarantine, a row that breaks its key fails the load, and other rules do not', async () => {
  await using demo = await testWarehouse(things)
  const { pool } = demo.warehouse
  const load = async (run: string, text: string) =>
    await loadBatch(pool, { write: writeOf(run), table: things, mode: 'append', columns: ['id', 'part', 'n'], source: csv(text) })
  expect(await load('sound', '1,a,x\n2,a,2\n')).toMatchObject({ rowsWritten: 1, rowsQuarantined: 1 })
  await expect(load('broken', '3,a,1\n3,a,2\n,b,3\n4,long-part,4\n5,b,x\n')).rejects.toMatchObject({
    code: 'quality.failed',
    message: expect.stringMatching(/^public\.things: 3 rows broke a rule of the key \(.*\), and none may; nothing was written$/),
  })
  expect(await pool.query('select id from public.things')).toEqual([{ id: 2 }])
  expect(await load('corrected', '3,a,1\n')).toMatchObject({ rowsWritten: 1 })
})
