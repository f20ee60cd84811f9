import { join } from 'node:path'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { expect, test } from 'vitest'
import { queryRows } from '../sql.ts'
import { localStore } from '../store/local.ts'
import { createTable, type DeltaTable, openTable } from '../table.ts'
import { intercepted } from '../testing/faulty-stores.ts'
import { validateLog } from '../testing/validate-log.ts'
import { workplace } from '../testing/workplace.ts'

const { connection, folder } = await workplace()
const columns = [
  { name: 'id', type: 'long' },
  { name: 'b', type: 'string' },
] as const
const properties = { 'delta.checkpointInterval': '3' }

type Batches = Readonly<Record<string, readonly number[]>>
const rowsOf = (batches: Batches): string =>
  `SELECT unnest(ids) AS id, b FROM (VALUES ${Object.entries(batches)
    .map(([b, ids]) => `([${ids.join(', ')}]::BIGINT[], '${b}')`)
    .join(', ')}) AS of(ids, b)`

const writeOf = (batches: Batches, version = 0) => ({
  column: 'b',
  batches: Object.keys(batches).map((value) => ({ value, txn: { appId: value, version } })),
  select: rowsOf(batches),
})

async function contents(table: DeltaTable): Promise<Readonly<Record<string, readonly number[]>>> {
  const scan = await (await table.snapshot()).scanSql()
  const found = await queryRows(connection, `SELECT b, list(id ORDER BY id)::INTEGER[] AS ids FROM (${scan}) GROUP BY b ORDER BY b`)
  return Object.fromEntries(found.map(({ b, ids }) => [String(b), ids as number[]]))
}

test('several batches are one commit, each with its transaction and its number of rows', async () => {
  const table = await createTable(join(folder, 'one commit'), { connection, columns })
  const counted: Record<string, number>[] = []
  const result = await table.replaceBatches({
    ...writeOf({ x: [1, 2], y: [3], z: [] }),
    commitInfo: (rows) => {
      counted.push(Object.fromEntries(rows))
      return { note: [...rows.keys()].sort().join() }
    },
  })
  expect(result).toMatchObject({ version: 1, rows: 3, removedRows: 0, alreadyCommitted: false })
  expect([counted, Object.fromEntries(result.rowsByBatch)]).toEqual([[{ x: 2, y: 1 }], { x: 2, y: 1 }])
  const { txns } = await table.snapshot()
  expect(Object.fromEntries(txns)).toEqual({ x: 0, y: 0, z: 0 })
  expect((await table.findTransaction('z'))?.commitInfo.note).toBe('x,y')
  expect(await contents(table)).toEqual({ x: [1, 2], y: [3] })
  expect(validateLog(table.root)).toEqual([])
})

test('replaced batches lose exactly their rows, also those that get none, and nothing is written when one of them is there', async () => {
  const table = await createTable(join(folder, 'replaced'), { connection, columns })
  await table.replaceBatches(writeOf({ x: [1, 2], y: [3], z: [4] }))
  expect(await table.replaceBatches(writeOf({ x: [5], y: [] }, 1))).toMatchObject({ rows: 1, removedRows: 3 })
  expect(await contents(table)).toEqual({ x: [5], z: [4] })
  expect(await table.replaceBatches(writeOf({ y: [6], z: [7] }, 1))).toMatchObject({ alreadyCommitted: true, rows: 0, version: 2 })
  expect(await contents(table)).toEqual({ x: [5], z: [4] })
})

test.for([
  ['a row of another batch', { ...writeOf({ x: [1] }), select: rowsOf({ x: [1], y: [2] }) }, 'rows.invalid'],
  ['a row of no batch', { ...writeOf({ x: [1] }), select: 'SELECT 1 AS id, NULL::VARCHAR AS b' }, 'rows.invalid'],
  ['a query that does not say the batch', { ...writeOf({ x: [1] }), select: 'SELECT 1 AS id' }, 'schema.mismatch'],
  ['a column that does not hold texts', { ...writeOf({ x: [1] }), column: 'id' }, 'schema.mismatch'],
  ['a column that is not there', { ...writeOf({ x: [1] }), column: 'c' }, 'schema.mismatch'],
  ['no batch', { ...writeOf({ x: [1] }), batches: [] }, 'option.invalid'],
  ['a batch that is named twice', { ...writeOf({ x: [1] }), batches: [{ value: 'x' }, { value: 'x' }] }, 'option.invalid'],
  [
    'a transaction that is named twice',
    { ...writeOf({ x: [1] }), batches: ['x', 'y'].map((value) => ({ value, txn: { appId: 'a', version: 0 } })) },
    'option.invalid',
  ],
  ['a batch without a name', { ...writeOf({ x: [1] }), batches: [{ value: '' }] }, 'option.invalid'],
] as const)('%s is refused and leaves no file', async ([title, write, code]) => {
  const table = await createTable(join(folder, title), { connection, columns })
  await expect(table.replaceBatches(write)).rejects.toMatchObject({ code })
  const store = localStore(table.root)
  expect((await store.walk('.')).filter(({ path }) => path.endsWith('.parquet'))).toEqual([])
  expect((await table.snapshot()).version).toBe(0)
})

test('another writer of one of the batches wins the race, and nothing is written beside it', async () => {
  const theirs = await createTable(join(folder, 'raced'), { connection, columns })
  const store = intercepted(theirs.root, () => theirs.replaceBatches(writeOf({ y: [9], w: [8] })))
  const ours = await openTable(store, { connection })
  expect(await ours.replaceBatches(writeOf({ x: [1], y: [2] }))).toMatchObject({ alreadyCommitted: true })
  expect(await contents(ours)).toEqual({ w: [8], y: [9] })
})

test('another writer of one of the batches wins also where it has left no row that could be met', async () => {
  const theirs = await createTable(join(folder, 'raced by nothing'), { connection, columns })
  const store = intercepted(theirs.root, () => theirs.replaceBatches(writeOf({ y: [] })))
  const ours = await openTable(store, { connection })
  expect(await ours.replaceBatches(writeOf({ x: [1], y: [2] }))).toMatchObject({ alreadyCommitted: true })
  expect(await contents(ours)).toEqual({})
})

test('another writer of other batches is followed', async () => {
  const theirs = await createTable(join(folder, 'followed'), { connection, columns })
  await theirs.replaceBatches(writeOf({ x: [0], v: [5] }))
  const store = intercepted(theirs.root, () => theirs.replaceBatches(writeOf({ w: [8], v: [6] }, 1)))
  const ours = await openTable(store, { connection })
  expect(await ours.replaceBatches(writeOf({ x: [1], y: [2] }, 1))).toMatchObject({ version: 3, rows: 2, removedRows: 1 })
  expect(await contents(ours)).toEqual({ v: [6], w: [8], x: [1], y: [2] })
  expect(validateLog(ours.root)).toEqual([])
})

test.for([{}, { 'delta.enableDeletionVectors': 'true' }])(
  'random histories end as the same batches written one by one, with checkpoints and properties %o',
  async (more) => {
    const seed = seedOfRun()
    const random = seeded(seed)
    const name = `history ${Object.keys(more).join()}`
    const many = await createTable(join(folder, name, 'many'), { connection, columns, properties: { ...properties, ...more } })
    const single = await createTable(join(folder, name, 'single'), { connection, columns, properties: { ...properties, ...more } })
    const newest = new Map<string, number>()
    for (let round = 0; round < 8; round++) {
      const names = ['a', 'b', 'c', 'd', 'e', 'f'].filter(() => random.chance(0.5))
      const batches = Object.fromEntries(names.map((b) => [b, Array.from({ length: random.integer(4) }, () => random.integer(100))]))
      if (names.length === 0) continue
      const versions = new Map(names.map((b) => [b, (newest.get(b) ?? -1) + 1]))
      const txnOf = (value: string) => ({ appId: value, version: versions.get(value) ?? 0 })
      await many.replaceBatches({
        ...writeOf(batches),
        batches: names.map((value) => ({ value, txn: txnOf(value) })),
      })
      for (const value of names)
        await single.replaceBatch({
          column: 'b',
          value,
          txn: txnOf(value),
          select: rowsOf({ [value]: batches[value] ?? [] }),
        })
      for (const [b, version] of versions) newest.set(b, version)
      expect(await contents(many), `SLUICE_SEED=${seed}, round ${round}`).toEqual(await contents(single))
    }
    const [manyTxns, singleTxns] = [(await many.snapshot()).txns, (await single.snapshot()).txns]
    expect(Object.fromEntries(manyTxns)).toEqual(Object.fromEntries(singleTxns))
    await many.checkpoint()
    await many.cleanupLog()
    expect(Object.fromEntries((await (await openTable(many.root, { connection })).snapshot()).txns)).toEqual(Object.fromEntries(newest))
    expect([validateLog(many.root), validateLog(single.root)]).toEqual([[], []])
  },
)
