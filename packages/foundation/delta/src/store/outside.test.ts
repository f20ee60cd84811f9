import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commitPath } from '../log/segment.ts'
import type { Action } from '../protocol/actions.ts'
import { queryRows } from '../sql.ts'
import { createTable, type DeltaTable } from '../table.ts'
import { workplace } from '../testing/workplace.ts'
import { localStore } from './local.ts'
import { memoryStore } from './memory.ts'
import type { LogStore } from './store.ts'

const { connection, folder } = await workplace()

/** A table whose log names a file, and a deletion vector, outside of its root. */
async function leadingOut(store: LogStore): Promise<DeltaTable> {
  const outside = join(folder, 'secret')
  await queryRows(connection, `COPY (SELECT 42 AS id) TO '${outside.replaceAll("'", "''")}' (FORMAT parquet)`)
  const table = await createTable(store, { connection, columns: [{ name: 'id', type: 'integer' }] })
  const add = { path: `file://${encodeURI(outside)}`, partitionValues: {}, size: 1, modificationTime: 1, dataChange: true }
  await store.putIfAbsent(commitPath(1), `${JSON.stringify({ add } satisfies Action)}\n`)
  return table
}

test('on a disk a file outside of the table is read, as in a shallow clone', async () => {
  const table = await leadingOut(localStore(join(folder, 'clone')))
  const scan = await (await table.snapshot()).scanSql()
  expect(await queryRows(connection, `FROM (${scan})`)).toEqual([{ id: 42 }])
})

test('the log of a table in a bucket never makes a file of this machine readable', async () => {
  const table = await leadingOut(memoryStore({ stage: { folder: join(folder, 'stage') } }))
  const snapshot = await table.snapshot()
  await expect(snapshot.scanSql()).rejects.toMatchObject({ code: 'store.failed', message: expect.stringContaining('leads out') })
  await table.delete().catch(() => undefined)
  await expect(table.restore({ version: 1 })).rejects.toMatchObject({ code: 'store.failed' })
})
