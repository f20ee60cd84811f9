import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listLog, loadState } from '../log/log.ts'
import { checkpointPath, commitPath } from '../log/segment.ts'
import { queryRows } from '../sql.ts'
import { localStore } from '../store/local.ts'
import { createTable, openTable } from '../table.ts'
import { handMade, metaDataOf } from '../testing/hand-made.ts'
import { validateLog } from '../testing/validate-log.ts'
import { workplace } from '../testing/workplace.ts'

const { connection, folder } = await workplace()
const columns = [{ name: 'id', type: 'long' }] as const

test.for([1.5, Number.NaN, 2 ** 53, -1])('the application version %d is refused before anything is written', async (version) => {
  const table = await createTable(join(folder, `version ${version}`), { connection, columns })
  await expect(table.append({ select: 'SELECT 1 AS id', txn: { appId: 'x', version } })).rejects.toMatchObject({
    code: 'transaction.invalid',
    facts: { appId: 'x' },
  })
  expect((await table.snapshot()).version).toBe(0)
})

test("a caller's own fields of a commit never replace its time", async () => {
  const properties = { 'delta.enableInCommitTimestamps': 'true' }
  const table = await createTable(join(folder, 'timed'), { connection, columns, properties, commitInfo: { inCommitTimestamp: 1e15 } })
  await table.append({ select: 'SELECT 1 AS id', commitInfo: { inCommitTimestamp: 5, note: 'mine' } })
  expect(validateLog(table.root)).toEqual([])
  expect((await table.history({ limit: 1 }))[0]?.commitInfo.note).toBe('mine')
  expect((await table.snapshot()).timestampMs).toBeLessThan(1e15)
})

test('a query may end in a comment', async () => {
  const table = await createTable(join(folder, 'comment'), { connection, columns })
  await table.append({ select: 'SELECT 1 AS id -- the first' })
  await table.replaceBatch({ column: 'id', value: 1, select: 'SELECT 0 AS id -- again' })
  await table.merge({ source: 'SELECT 2 AS id -- the second', on: 'target.id = source.id', insertAll: true })
  const scan = await (await table.snapshot()).scanSql()
  expect(await queryRows(connection, `SELECT id FROM (${scan}) ORDER BY id`)).toEqual([{ id: '1' }, { id: '2' }])
})

test.for(['$file', '$ROW', '$source', '$clause'])(
  'rows of a table with a column %s are not changed, because the name is in use',
  async (name) => {
    const table = await createTable(join(folder, name), { connection, columns: [...columns, { name, type: 'long' }] })
    await table.append({ select: `SELECT range AS id, 3 - range AS "${name}" FROM range(4)` })
    const on = 'target.id = source.id'
    await expect(table.merge({ source: 'SELECT 1 AS id', on, matched: [{ delete: true }] })).rejects.toThrow(/changes of a table/)
    await expect(table.delete({ where: 'id = 1' })).rejects.toThrow(/changes of a table/)
    expect((await table.snapshot()).numRecords).toBe(4)
  },
)

test('a batch with an empty name is refused in a partition column, where it would never be found again', async () => {
  const batch = { name: 'batch', type: 'string' } as const
  const table = await createTable(join(folder, 'nameless'), { connection, columns: [...columns, batch], partitionBy: ['batch'] })
  await expect(table.replaceBatch({ column: 'batch', value: '', select: 'SELECT 1 AS id' })).rejects.toMatchObject({ code: 'rows.invalid' })
})

test('domains of other applications survive our commits and a log cleanup; removed ones stay removed', async () => {
  const { root, commit } = handMade(connection, join(folder, 'domains'))
  const protocol = { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['domainMetadata'] }
  const domain = (name: string, removed: boolean) => ({
    domainMetadata: { domain: name, configuration: '{"a":9007199254740993}', removed },
  })
  commit(0, [{ commitInfo: {} }, { protocol }, metaDataOf(columns), domain('kept', false), domain('gone', false)])
  commit(1, [{ commitInfo: {} }, domain('gone', true)])
  const table = await openTable(root, { connection })
  await table.append({ select: 'SELECT 1 AS id' })
  await table.overwrite({ select: 'SELECT 2 AS id' })
  await table.restore({ version: 2 })
  await table.checkpoint()
  for (const version of [0, 1, 2, 3]) rmSync(join(root, commitPath(version)))
  expect(existsSync(join(root, checkpointPath(4)))).toBe(true)
  const store = localStore(root)
  const { domains } = await loadState(connection, store, await listLog(store), undefined)
  expect([...domains.values()]).toEqual([domain('kept', false).domainMetadata])
})
