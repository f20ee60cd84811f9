import { readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { queryRows } from '../sql.ts'
import { createTable, type DeltaTable } from '../table.ts'
import { validateLog } from '../testing/validate-log.ts'
import { workplace } from '../testing/workplace.ts'

const { connection, folder } = await workplace()

const columns = [{ name: 'id', type: 'long' }] as const
const rowsOf = async (table: DeltaTable) =>
  await queryRows(connection, `SELECT * FROM (${await (await table.snapshot()).scanSql()}) ORDER BY ALL`)

test('an older version becomes the newest, with its schema; transactions stay, and all versions stay readable', async () => {
  const root = join(folder, 'back')
  const table = await createTable(root, { connection, columns })
  await table.append({ select: 'SELECT 1 AS id' })
  await table.append({ select: 'SELECT 2 AS id', txn: { appId: 'late', version: 3 } })
  await table.overwrite({ select: "SELECT 3 AS id, 'x' AS more", evolve: true })
  const { bytes } = await table.snapshot({ version: 2 })
  expect(await table.restore({ version: 2 })).toMatchObject({ version: 4, restoredFiles: 2, removedFiles: 1, files: 2, bytes })
  expect(await rowsOf(table)).toEqual([{ id: '1' }, { id: '2' }])
  const snapshot = await table.snapshot()
  expect(snapshot.txns.get('late')).toBe(3)
  const [entry] = await table.history({ limit: 1 })
  expect(entry).toMatchObject({
    operation: 'RESTORE',
    commitInfo: {
      operationParameters: { version: 2 },
      operationMetrics: { numRemovedFiles: '1', numRestoredFiles: '2', numOfFilesAfterRestore: '2', tableSizeAfterRestore: String(bytes) },
    },
  })
  expect(await table.restore({ version: 2 })).toMatchObject({ version: 4, restoredFiles: 0, removedFiles: 0 })
  await table.restore({ version: 3 })
  expect(await rowsOf(table)).toEqual([{ id: '3', more: 'x' }])
  await table.restore({ version: 0 })
  expect(await rowsOf(table)).toEqual([])
  expect(validateLog(root).filter((fault) => !fault.includes('the schema changed'))).toEqual([])
})

test('an instant selects the newest version committed until then', async () => {
  const root = join(folder, 'instant')
  const table = await createTable(root, { connection, columns })
  await table.append({ select: 'SELECT 1 AS id' })
  await table.append({ select: 'SELECT 2 AS id' })
  for (const [version, day] of [1, 3, 5].entries())
    utimesSync(
      join(root, `_delta_log/${String(version).padStart(20, '0')}.json`),
      new Date(`2026-01-0${day}Z`),
      new Date(`2026-01-0${day}Z`),
    )
  expect(await table.restore({ timestamp: '2026-01-04T00:00:00Z' })).toMatchObject({ version: 3, removedFiles: 1 })
  expect(await rowsOf(table)).toEqual([{ id: '1' }])
  expect((await table.history({ limit: 1 }))[0]?.commitInfo.operationParameters).toEqual({
    version: 1,
    timestamp: '2026-01-04T00:00:00.000Z',
  })
})

test('it is refused with the names of missing files, and when the table accepts only appends', async () => {
  const root = join(folder, 'gone')
  const table = await createTable(root, { connection, columns })
  await table.append({ select: 'SELECT 1 AS id' })
  const path = (await table.snapshot()).files[0]?.path ?? ''
  await table.overwrite({ select: 'SELECT 2 AS id' })
  rmSync(join(root, path))
  await expect(table.restore({ version: 1 })).rejects.toMatchObject({ code: 'file.missing', facts: { version: 1, files: [path] } })
  expect((await table.snapshot()).version).toBe(2)
  await expect(table.restore({ version: 9 })).rejects.toMatchObject({ code: 'version.missing' })
  const appends = await createTable(join(folder, 'appends'), { connection, columns, properties: { 'delta.appendOnly': 'true' } })
  await appends.append({ select: 'SELECT 1 AS id' })
  await expect(appends.restore({ version: 0 })).rejects.toMatchObject({ facts: { feature: 'appendOnly' } })
})

test('a protocol that was raised stays raised', async () => {
  const root = join(folder, 'protocol')
  const table = await createTable(root, { connection, columns })
  await table.append({ select: 'SELECT 1 AS id' })
  const protocol = { minReaderVersion: 1, minWriterVersion: 4 }
  writeFileSync(
    join(root, '_delta_log/00000000000000000002.json'),
    `${JSON.stringify({ commitInfo: {} })}\n${JSON.stringify({ protocol })}\n`,
  )
  await table.append({ select: 'SELECT 2 AS id' })
  await table.restore({ version: 1 })
  expect(readFileSync(join(root, '_delta_log/00000000000000000004.json'), 'utf8')).not.toContain('minWriterVersion')
  expect(await rowsOf(table)).toEqual([{ id: '1' }])
})

test('features that were switched on after the version are off again, and those of the version are on again', async () => {
  const root = join(folder, 'features')
  const table = await createTable(root, { connection, columns })
  await table.append({ select: 'SELECT 1 AS id' })
  await table.setProperties({
    'delta.enableInCommitTimestamps': 'true',
    'delta.columnMapping.mode': 'name',
    'delta.enableDeletionVectors': 'true',
  })
  await table.append({ select: 'SELECT 2 AS id' })
  const full = (await table.snapshot()).properties
  await table.restore({ version: 1 })
  expect((await table.snapshot()).properties['delta.enableInCommitTimestamps']).toBeUndefined()
  await table.append({ select: 'SELECT 3 AS id' })
  expect(await rowsOf(table)).toEqual([{ id: '1' }, { id: '3' }])
  await table.restore({ version: 3 })
  expect(Object.keys((await table.snapshot()).properties)).toEqual(expect.arrayContaining(Object.keys(full)))
  await table.append({ select: 'SELECT 4 AS id' })
  expect(await rowsOf(table)).toEqual([{ id: '1' }, { id: '2' }, { id: '4' }])
  const versions = (await table.history()).map(({ version, timestampMs }) => ({ version, timestampMs })).reverse()
  for (const { version, timestampMs } of versions) expect((await table.snapshot({ timestamp: timestampMs })).version).toBe(version)
  // A restored column is the same column, so it has its former id.
  expect(validateLog(root)).toEqual([])
})

test('a dropped column comes back by its id, and a later column of its name does not replace it', async () => {
  const properties = { 'delta.columnMapping.mode': 'name' }
  const table = await createTable(join(folder, 'mapped'), { connection, columns: [...columns, { name: 'w', type: 'long' }], properties })
  await table.append({ select: 'SELECT 1 AS id, 2 AS w' })
  await table.dropColumn('w')
  await table.addColumns([{ name: 'w', type: 'string' }])
  await table.append({ select: "SELECT 3 AS id, 'text' AS w" })
  await table.restore({ version: 1 })
  expect(await rowsOf(table)).toEqual([{ id: '1', w: '2' }])
  await table.addColumns([{ name: 'x', type: 'string' }])
  await table.append({ select: "SELECT 4 AS id, 'new' AS x" })
  expect(await rowsOf(table)).toEqual([
    { id: '1', w: '2', x: null },
    { id: '4', w: null, x: 'new' },
  ])
  expect(validateLog(table.root)).toEqual([])
})

test('a widened type is narrow again, because no file of the wide type is left', async () => {
  const properties = { 'delta.enableTypeWidening': 'true' }
  const table = await createTable(join(folder, 'narrow'), { connection, columns: [{ name: 'id', type: 'integer' }], properties })
  await table.append({ select: 'SELECT 1 AS id' })
  await table.changeColumn('id', { type: 'long' })
  await table.append({ select: 'SELECT 5000000000 AS id' })
  await table.restore({ version: 1 })
  await table.append({ select: 'SELECT 2 AS id' })
  expect(await rowsOf(table)).toEqual([{ id: 1 }, { id: 2 }])
  await table.restore({ version: 3 })
  expect(await rowsOf(table)).toEqual([{ id: '1' }, { id: '5000000000' }])
  expect(validateLog(table.root)).toEqual([])
})

test('the properties since when commits keep their time are not restored, because they describe all commits', async () => {
  const key = 'delta.enableInCommitTimestamps'
  const table = await createTable(join(folder, 'timed'), { connection, columns, properties: { [key]: 'true' } })
  await table.setProperties({ [key]: 'false' })
  await table.setProperties({ [key]: 'true' })
  const { properties } = await table.snapshot()
  expect(properties['delta.inCommitTimestampEnablementVersion']).toBe('2')
  await table.append({ select: 'SELECT 1 AS id' })
  await table.restore({ version: 0 })
  expect((await table.snapshot()).properties).toEqual(properties)
  await table.restore({ version: 1 })
  expect((await table.snapshot()).properties).toEqual({ [key]: 'false' })
  await table.restore({ version: 2 })
  expect((await table.snapshot()).properties['delta.inCommitTimestampEnablementVersion']).toBe('6')
  expect(validateLog(table.root)).toEqual([])
})
