import { existsSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { queryRows } from '../sql.ts'
import { createTable, type DeltaTable, openTable } from '../table.ts'
import { validateLog } from '../testing/validate-log.ts'
import { workplace } from '../testing/workplace.ts'
import { planVacuum, protectionOf } from './vacuum-plan.ts'

const { connection, folder } = await workplace()

const hour = 3_600_000
const columns = [
  { name: 'id', type: 'long' },
  { name: '_p', type: 'string' },
] as const
const rowsOf = async (table: DeltaTable, version?: number) =>
  await queryRows(
    connection,
    `SELECT * FROM (${await (await table.snapshot(version === undefined ? {} : { version })).scanSql()}) ORDER BY ALL`,
  )
const plant = (root: string, path: string, ageMs: number, now: number) => {
  mkdirSync(join(root, path, '..'), { recursive: true })
  writeFileSync(join(root, path), 'x')
  utimesSync(join(root, path), new Date(now - ageMs), new Date(now - ageMs))
}

test('removed files are kept for the retention and then deleted; orphans are deleted by age; other files are kept', async () => {
  const root = join(folder, 'retention')
  let now = Date.now()
  const table = await createTable(root, { connection, columns, partitionBy: ['_p'], now: () => now })
  await table.append({ select: "SELECT 1 AS id, 'a' AS _p" })
  await table.overwrite({ select: "SELECT 2 AS id, 'b' AS _p" })
  const [old] = (await table.snapshot({ version: 1 })).files.map((file) => file.path)
  expect(await table.vacuum()).toMatchObject({ deleted: [], bytes: 0, dryRun: false, retentionHours: 168, version: 2 })
  now += 169 * hour
  plant(root, 'orphan.parquet', 200 * hour, now)
  plant(root, '_p=x/orphan.parquet', 200 * hour, now)
  plant(root, 'young.parquet', hour, now)
  plant(root, '_change_data/cdc-old.parquet', 200 * hour, now)
  plant(root, '_change_data/cdc-young.parquet', hour, now)
  for (const path of [
    '_notes/keep.txt',
    '.hidden/keep.txt',
    '_keep',
    '.keep',
    '_p=x/_keep',
    '_p=x/.keep.crc',
    '_delta_log/keep.txt',
    '_delta_log/_sidecars/keep.parquet',
  ])
    plant(root, path, 900 * hour, now)
  plant(root, '_delta_log/.00000000000000000009.json.abc.tmp', 25 * hour, now)
  plant(root, '_delta_log/.00000000000000000010.json.abc.tmp', hour, now)
  plant(root, '_delta_log/_commit_7d1c.json.tmp', 25 * hour, now)
  const dry = await table.vacuum({ dryRun: true })
  expect(dry).toMatchObject({ dryRun: true })
  expect(existsSync(join(root, 'orphan.parquet'))).toBe(true)
  const real = await table.vacuum()
  expect(real).toEqual({ ...dry, dryRun: false })
  expect(real.deleted).toEqual(
    [
      old,
      'orphan.parquet',
      '_p=x/orphan.parquet',
      '_change_data/cdc-old.parquet',
      '_delta_log/.00000000000000000009.json.abc.tmp',
      '_delta_log/_commit_7d1c.json.tmp',
    ].sort(),
  )
  for (const path of real.deleted) expect(existsSync(join(root, path))).toBe(false)
  for (const path of [
    'young.parquet',
    '_change_data/cdc-young.parquet',
    '_notes/keep.txt',
    '.hidden/keep.txt',
    '_keep',
    '.keep',
    '_p=x/_keep',
    '_p=x/.keep.crc',
    '_delta_log/keep.txt',
    '_delta_log/_sidecars/keep.parquet',
    '_delta_log/.00000000000000000010.json.abc.tmp',
  ])
    expect(existsSync(join(root, path)), path).toBe(true)
  expect(await rowsOf(table)).toEqual([{ id: '2', _p: 'b' }])
  expect((await table.vacuum()).deleted).toEqual([])
})

test('a retention below 168 hours or below the table property must be allowed explicitly', async () => {
  const root = join(folder, 'short')
  const table = await createTable(root, { connection, columns })
  await expect(table.vacuum({ retentionHours: 167 })).rejects.toMatchObject({ code: 'retention.short', facts: { leastHours: 168 } })
  await expect(table.vacuum({ retentionHours: -1, allowShortRetention: true })).rejects.toMatchObject({ code: 'retention.short' })
  expect(await table.vacuum({ retentionHours: 0, allowShortRetention: true })).toMatchObject({ retentionHours: 0 })
  const long = await createTable(join(folder, 'long'), {
    connection,
    columns,
    properties: { 'delta.deletedFileRetentionDuration': 'interval 30 days' },
  })
  expect(await long.vacuum()).toMatchObject({ retentionHours: 720 })
  await expect(long.vacuum({ retentionHours: 200 })).rejects.toMatchObject({ code: 'retention.short', facts: { leastHours: 720 } })
})

test('a retention above the table property is kept even when checkpoints have dropped the tombstones', async () => {
  const root = join(folder, 'longer')
  let now = Date.now()
  const table = await createTable(root, { connection, columns, now: () => now })
  await table.append({ select: 'SELECT 1 AS id' })
  await table.overwrite({ select: 'SELECT 2 AS id' })
  now += 200 * hour
  await table.checkpoint()
  const again = await openTable(root, { connection, now: () => now })
  expect((await again.vacuum({ dryRun: true })).deleted.length).toBe(1)
  expect((await again.vacuum({ retentionHours: 300, dryRun: true })).deleted).toEqual([])
})

test('a vacuum can be recorded in the history', async () => {
  const root = join(folder, 'logged')
  const now = Date.now()
  const table = await createTable(root, { connection, columns, now: () => now })
  plant(root, 'orphan.parquet', 200 * hour, now)
  await table.vacuum({ log: true })
  expect((await table.history({ limit: 2 })).map(({ operation, commitInfo }) => [operation, commitInfo.operationMetrics])).toEqual([
    ['VACUUM END', { numDeletedFiles: '1' }],
    ['VACUUM START', { numFilesToDelete: '1', sizeOfDataToDelete: '1' }],
  ])
  expect(validateLog(root)).toEqual([])
})

test('links are not followed, and a root under another name keeps the files that the log names absolutely', async () => {
  const outside = join(folder, 'outside')
  const root = join(folder, 'real')
  const now = Date.now()
  plant(outside, 'theirs.parquet', 900 * hour, now)
  await createTable(root, { connection, columns })
  symlinkSync(outside, join(root, 'link'))
  symlinkSync(join(outside, 'theirs.parquet'), join(root, 'theirs.parquet'))
  plant(root, 'mine.parquet', 900 * hour, now)
  const add = { path: `file://${join(root, 'mine.parquet')}`, partitionValues: {}, size: 1, modificationTime: 1, dataChange: true }
  const commitInfo = { timestamp: now, operation: 'WRITE' }
  writeFileSync(join(root, '_delta_log/00000000000000000001.json'), `${JSON.stringify({ commitInfo })}\n${JSON.stringify({ add })}\n`)
  symlinkSync(root, join(folder, 'alias'))
  const table = await openTable(join(folder, 'alias'), { connection })
  expect((await table.vacuum()).deleted).toEqual([])
  expect(readdirSync(outside)).toEqual(['theirs.parquet'])
})

test('hostile and odd paths in the log protect what they name and delete nothing else', () => {
  const file = (path: string) => ({ path, partitionValues: {}, size: 1, modificationTime: 1, dataChange: true })
  const found = ['a.parquet', 'p=a b/c.parquet', 'p=%2F/d.parquet', 'e.parquet', 'f.parquet'].map((path) => ({
    path,
    size: 1,
    modifiedMs: 0,
  }))
  const kept = protectionOf(
    ['x/../a.parquet', 'p=a%20b/c.parquet', 'p=%252F/d.parquet', '../../etc/passwd', 's3://bucket/e.parquet'].map(file),
    '/root',
  )
  expect(planVacuum(found, kept, 10, 10).map(({ path }) => path)).toEqual(['f.parquet'])
})

test('a table whose rules are not implemented is not vacuumed', async () => {
  const root = join(folder, 'unknown')
  await createTable(root, { connection, columns })
  const protocol = { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['futureFiles'] }
  writeFileSync(
    join(root, '_delta_log/00000000000000000001.json'),
    `${JSON.stringify({ commitInfo: {} })}\n${JSON.stringify({ protocol })}\n`,
  )
  const table = await openTable(root, { connection })
  await expect(table.vacuum()).rejects.toMatchObject({ code: 'protocol.unsupported', facts: { feature: 'futureFiles' } })
})
