import type { DuckDBConnection } from '@duckdb/node-api'
import { afterAll, expect, test } from 'vitest'
import { createTable, type DeltaTable, openTable } from '../../table.ts'
import { death, timesOfDeath } from '../../testing/faulty-stores.ts'
import { connecting } from '../../testing/workplace.ts'
import type { Bucket } from '../bucket.ts'
import { memoryBucket, memoryStore } from '../memory.ts'
import { removeTemporaryFolders, temporaryFolder } from './location.ts'
import { columns, expectValid, rowsOf } from './table.cases.ts'

/** A machine that dies at its n-th request to the bucket. */
function dying(bucket: Bucket, at: number, when: 'before' | 'after'): { bucket: Bucket; requests: () => number } {
  const { guard, uses: requests } = death(at, when)
  const { name, list, folders, head, get, put, create, upload, delete: remove } = bucket
  return {
    requests,
    bucket: {
      name,
      list: guard(list),
      folders: guard(folders),
      head: guard(head),
      get: guard(get),
      put: guard(put),
      create: guard(create),
      upload: guard(upload),
      delete: guard(remove),
    },
  }
}

const writes: readonly [string, (table: DeltaTable) => Promise<unknown>, number][] = [
  ['an append', (table) => table.append({ select: 'SELECT 9 AS n', txn: { appId: 'a', version: 1 } }), 11],
  [
    'a replacement',
    (table) => table.replaceBatch({ column: 'name', value: 'b', select: 'SELECT 9 AS n', txn: { appId: 'a', version: 1 } }),
    10,
  ],
]

/** A machine makes the tenth commit of a table, with its checkpoint, and dies. Machines with empty stages judge the result. */
export function crashCases(): void {
  let connection: DuckDBConnection
  connecting((opened) => {
    connection = opened
  })
  afterAll(removeTemporaryFolders)

  const cases = writes.flatMap(([title, write, after], index) => timesOfDeath(index).map((when) => [title, when, write, after] as const))
  test.for(cases)(
    '%s that dies %s any request leaves the table as it was or as it will be, and its replay finishes it',
    async ([, when, write, after]) => {
      let deaths = 0
      const machine = (of: Bucket) => {
        return memoryStore({ bucket: of, stage: { folder: temporaryFolder() } })
      }
      const original = memoryBucket()
      const table = await createTable(machine(original), { connection, columns })
      await table.append({ select: "SELECT * FROM (VALUES (1, 'b'), (2, NULL)) v(n, name)" })
      for (let n = 3; n <= 10; n++) await table.append({ select: `SELECT ${n} AS n` })
      for (let at = 1; ; at++) {
        const bucket = memoryBucket()
        for (const { key } of await original.list('', false)) await bucket.put(key, (await original.get(key)) ?? new Uint8Array())
        const mortal = dying(bucket, at, when)
        const outcome = await openTable(machine(mortal.bucket), { connection })
          .then(write)
          .then(
            () => 'finished',
            () => 'died',
          )
        if (outcome === 'died') deaths++
        const other = await openTable(machine(bucket), { connection })
        const found = (await rowsOf(connection, other)).length
        expect(outcome === 'finished' ? [after] : [10, after]).toContain(found)
        await write(other)
        expect(await rowsOf(connection, await openTable(machine(bucket), { connection }))).toHaveLength(after)
        await expectValid(machine(bucket))
        if (mortal.requests() < at) break
      }
      expect(deaths).toBeGreaterThan(3)
    },
  )
}
