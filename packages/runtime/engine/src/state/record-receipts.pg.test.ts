import { graphOf, pipeline, task } from '@sluice/author'
import type { SinkReceipt } from '@sluice/core'
import { openPool } from '@sluice/postgres'
import { testDatabase } from '@sluice/postgres/testing'
import { expect, test } from 'vitest'
import { openEngine } from '../open-engine.ts'
import { publishVersion } from './definitions.ts'

test('receipts that the ledger lacks are added once, counts that a sink has changed are taken over, those of unknown runs are counted and left', async () => {
  await using database = await testDatabase()
  const engine = await openEngine(database.url)
  const pool = openPool(database.url, { max: 1 })
  const { spec } = graphOf(pipeline({ name: 'p', steps: [task({ name: 'land', run: () => 1 })] }))
  const file = { p: 'p.ts' }
  await publishVersion(
    pool,
    { project: 'shop', timeZone: 'UTC', version: 'h', specs: [spec], files: file, sources: file, errors: [] },
    Date.now(),
  )
  await pool.end()
  const run = await engine.trigger({ pipeline: 'p' })
  const receipt: SinkReceipt = {
    project: 'shop',
    pipeline: 'p',
    run: run.id,
    task: 'land',
    attempt: 1,
    logicalTime: 0,
    dataset: 'shop:lake.bronze.till',
    batch: 'b1',
    generation: 1,
    status: 'written',
    reason: null,
    version: 'f.parquet',
    inputs: [],
    rowsIn: 3,
    rowsWritten: 2,
    rowsQuarantined: 1,
    bytes: 10,
    credits: 4,
    writtenAt: 5,
    replayed: false,
  }
  const read = { source: 'till', path: 'a.csv', bytes: 9, modified: 4, hash: 'h', found: { encoding: 'utf-8' } }
  const receipts = [receipt, { ...receipt, batch: 'b2', generation: 2, file: read }, { ...receipt, run: 'somewhere-else', batch: 'b3' }]

  expect(await engine.recordReceipts(receipts)).toEqual({ added: 2, foreign: 1 })
  expect(await engine.recordReceipts(receipts)).toEqual({ added: 0, foreign: 1 })
  const { items } = await engine.ledger()
  expect(
    items
      .toSorted((a, b) => a.generation - b.generation)
      .map(({ batch, generation, run: of, task: by, rowsQuarantined }) => [batch, generation, of, by, rowsQuarantined]),
  ).toEqual([
    ['b1', 1, run.id, 'land', 1],
    ['b2', 2, run.id, 'land', 1],
  ])
  expect(items.map(({ batch, file: of }) => [batch, of]).sort()).toEqual([
    ['b1', undefined],
    ['b2', read],
  ])
  const changed = { ...receipt, rowsWritten: 3, rowsQuarantined: 0 }
  expect(await engine.recordReceipts([changed])).toEqual({ added: 0, foreign: 0 })
  expect((await engine.ledger()).items.find(({ batch }) => batch === 'b1')).toMatchObject({ rowsWritten: 3, rowsQuarantined: 0 })
  const many = Array.from(
    { length: 5_002 },
    (_, n): SinkReceipt => ({ ...receipt, batch: `m${n}`, run: n === 5_001 ? 'somewhere-else' : run.id }),
  )
  expect(await engine.recordReceipts(many)).toEqual({ added: 5_001, foreign: 1 })
  await engine.close()
})
