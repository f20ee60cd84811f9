import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { queryRows } from './sql.ts'
import { localStore } from './store/local.ts'
import { createTable, type DeltaTable, openTable } from './table.ts'
import { dying, timesOfDeath } from './testing/faulty-stores.ts'
import { validateLog } from './testing/validate-log.ts'
import { workplace } from './testing/workplace.ts'

const { connection, folder } = await workplace()

const ids = async (table: DeltaTable) =>
  (await queryRows(connection, `SELECT id FROM (${await (await table.snapshot()).scanSql()}) ORDER BY id`)).map((row) => Number(row.id))

const txn = { appId: 'crash', version: 1 }
const writes: readonly [string, (table: DeltaTable) => Promise<unknown>, number[], Record<string, string>?][] = [
  ['an append', (table) => table.append({ select: 'SELECT 100 AS id', txn }), [1, 2, 3, 4, 5, 6, 7, 8, 9, 100]],
  [
    'a replacement',
    (table) => table.replaceBatch({ column: '_batch', value: 'b', select: 'SELECT 100 AS id', txn }),
    [2, 3, 4, 5, 6, 7, 8, 9, 100],
  ],
  [
    'a replacement of several batches',
    (table) =>
      table.replaceBatches({
        column: '_batch',
        batches: [{ value: 'a' }, { value: 'b', txn }],
        select: "SELECT 100 AS id, 'a' AS _batch",
      }),
    [2, 3, 4, 5, 6, 7, 8, 9, 100],
  ],
  ['a deletion', (table) => table.delete({ where: 'id IN (2, 4)', txn }), [1, 3, 5, 6, 7, 8, 9]],
  [
    'a deletion by vectors with its change files',
    (table) => table.delete({ where: 'id = 2', txn }),
    [1, 3, 4, 5, 6, 7, 8, 9],
    { 'delta.enableDeletionVectors': 'true', 'delta.enableChangeDataFeed': 'true' },
  ],
  [
    'a merge',
    (table) =>
      table.merge({
        source: "SELECT unnest([1, 100]) AS id, 'm' AS _batch",
        on: 'target.id = source.id',
        updateAll: true,
        insertAll: true,
        txn,
      }),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 100],
    { 'delta.enableChangeDataFeed': 'true' },
  ],
]
const cases = writes.flatMap(([title, write, after, properties = {}], index) =>
  timesOfDeath(index).map((when) => [title, when, write, after, properties] as const),
)

test.for(cases)(
  '%s that dies %s any use of the disk leaves the table as it was or as it will be, and its replay finishes it',
  async ([title, when, write, after, properties]) => {
    const original = join(folder, `${title} ${when}`)
    const table = await createTable(original, {
      connection,
      columns: [
        { name: 'id', type: 'long' },
        { name: '_batch', type: 'string' },
      ],
      properties,
    })
    await table.append({ select: "SELECT * FROM (VALUES (1, 'b'), (2, NULL)) v(id, _batch)" })
    for (let id = 3; id <= 9; id++) await table.append({ select: `SELECT ${id} AS id` })
    await table.append({ select: 'SELECT 0 AS id WHERE false' })
    // The write that dies makes the tenth commit, so that its checkpoint may die too.
    const before = await ids(table)
    let deaths = 0
    for (let at = 1; ; at++) {
      const root = `${original} ${at}`
      cpSync(original, root, { recursive: true })
      const { store, uses } = dying(localStore(root), at, when)
      const outcome = await openTable(store, { connection })
        .then(write)
        .then(
          () => 'finished',
          () => 'died',
        )
      if (outcome === 'died') deaths++
      const again = await openTable(root, { connection })
      const found = await ids(again)
      if (outcome === 'finished') expect(found).toEqual(after)
      else expect([before, after]).toContainEqual(found)
      await write(again)
      expect(await ids(again)).toEqual(after)
      await again.append({ select: 'SELECT 0 AS id WHERE false' })
      expect(validateLog(root)).toEqual([])
      if (uses() < at) break
    }
    expect(deaths).toBeGreaterThan(3)
  },
)
