import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { queryRows } from '../sql.ts'
import { createTable, type DeltaTable, openTable } from '../table.ts'
import { workplace } from '../testing/workplace.ts'
import { cleanupCutoff, cleanupVersion, planLogCleanup } from './cleanup-plan.ts'
import { commitPath, readListing } from './segment.ts'

const { connection, folder } = await workplace()

const day = 86_400_000
const columns = [{ name: 'id', type: 'long' }] as const
const name = (version: number, suffix = 'json') => `${String(version).padStart(20, '0')}.${suffix}`
const idsAt = async (table: DeltaTable, version: number) =>
  (await queryRows(connection, `SELECT id FROM (${await (await table.snapshot({ version })).scanSql()}) ORDER BY id`)).map((row) =>
    Number(row.id),
  )

/** One append a day, the last one now. The file time of each commit is its day. */
async function daily(root: string, commits: number, properties: Record<string, string>, nowMs: number) {
  let at = nowMs
  const table = await createTable(root, {
    connection,
    columns,
    properties: { 'delta.checkpointInterval': '5', ...properties },
    now: () => at,
  })
  const age = (version: number) => {
    at = nowMs - (commits - version) * day
    utimesSync(join(root, '_delta_log', name(version)), new Date(at), new Date(at))
  }
  age(0)
  for (let version = 1; version <= commits; version++) {
    await table.append({ select: `SELECT ${version} AS id` })
    age(version)
  }
  at = nowMs
  return table
}

test('files that only expired versions need are deleted, and every version from the kept checkpoint on is readable', async () => {
  const root = join(folder, 'kept')
  const nowMs = Date.parse('2026-11-20T15:00:00Z')
  const table = await daily(root, 50, { 'delta.enableExpiredLogCleanup': 'false' }, nowMs)
  // The retention began on 21 October. Version 19 is of 20 October, and version 15 is its checkpoint.
  const { deleted, oldestVersion } = await table.cleanupLog()
  expect(oldestVersion).toBe(15)
  expect(deleted).toContain(`_delta_log/${name(14)}`)
  const listing = readListing(readdirSync(join(root, '_delta_log')))
  expect(listing.commits[0]).toBe(15)
  expect(listing.checkpoints.map(({ version }) => version)).toEqual([15, 20, 25, 30, 35, 40, 45, 50])
  const again = await openTable(root, { connection })
  for (const version of [15, 16, 19, 50]) expect(await idsAt(again, version)).toEqual(Array.from({ length: version }, (_, i) => i + 1))
  await expect(again.snapshot({ version: 14 })).rejects.toMatchObject({ code: 'version.missing' })
  expect((await again.history()).at(-1)).toMatchObject({ version: 15, operation: 'WRITE' })
  expect((await table.cleanupLog()).deleted).toEqual([])
})

test('a checkpoint cleans up the log, unless a table property forbids it', async () => {
  const nowMs = Date.now()
  for (const [on, oldest] of [
    ['true', 5],
    ['false', 0],
  ] as const) {
    const root = join(folder, `by itself ${on}`)
    const table = await daily(root, 14, { 'delta.enableExpiredLogCleanup': on, 'delta.logRetentionDuration': 'interval 6 days' }, nowMs)
    await table.append({ select: 'SELECT 15 AS id' })
    expect(existsSync(join(root, '_delta_log', name(15, 'checkpoint.parquet')))).toBe(true)
    expect(readListing(readdirSync(join(root, '_delta_log'))).commits[0]).toBe(oldest)
  }
})

test('temporary files that killed writers left in the log go after a day, also when no version has expired', async () => {
  const root = join(folder, 'killed')
  const table = await createTable(root, { connection, columns })
  const left = (file: string, ageMs: number) => {
    const path = join(root, '_delta_log', file)
    writeFileSync(path, 'x')
    const at = new Date(Date.now() - ageMs)
    utimesSync(path, at, at)
    return `_delta_log/${file}`
  }
  const old = [left(`.${name(1)}.abc.tmp`, 25 * 3_600_000), left('_commit_7d1c.json.tmp', 25 * 3_600_000)]
  const young = left(`.${name(2)}.abc.tmp`, 3_600_000)
  const { deleted, oldestVersion } = await table.cleanupLog()
  expect(new Set(deleted)).toEqual(new Set(old))
  expect(oldestVersion).toBeUndefined()
  expect([...old, young].map((path) => existsSync(join(root, path)))).toEqual([false, false, true])
})

test('nothing is deleted without a checkpoint that is older than the newest expired commit', () => {
  const listing = readListing([name(0), name(1), name(2), name(2, 'checkpoint.parquet')])
  expect(cleanupVersion(listing, 1)).toBeUndefined()
  expect(cleanupVersion(listing, undefined)).toBeUndefined()
  expect(cleanupVersion(listing, 2)).toBe(2)
  expect(cleanupVersion(readListing([name(0), name(1)]), 1)).toBeUndefined()
})

test('the retention counts whole days back from midnight UTC', () => {
  expect(cleanupCutoff(Date.parse('2026-03-31T23:59:59Z'), 30 * day)).toBe(Date.parse('2026-03-01T00:00:00Z'))
  expect(cleanupCutoff(Date.parse('2026-03-31T00:00:00Z'), 30 * day)).toBe(Date.parse('2026-03-01T00:00:00Z'))
})

test('only checkpoints of all forms, checksums and compactions before the kept checkpoint are deleted', () => {
  const goes = [
    name(3, 'checkpoint.parquet'),
    name(4, 'checkpoint.0000000001.0000000002.parquet'),
    name(4, 'checkpoint.0000000002.0000000002.parquet'),
    name(2, 'checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json'),
    name(0),
    name(1),
    name(4),
    name(4, 'crc'),
    `.${name(4)}.crc`,
    `.${name(3, 'checkpoint.parquet')}.crc`,
    `${name(0, '')}${name(3, 'compacted.json')}`,
    `${name(5, '')}${name(9, 'compacted.json')}`,
  ]
  const stays = [
    name(5),
    name(6),
    name(5, 'checkpoint.parquet'),
    name(5, 'crc'),
    `.${name(5)}.crc`,
    `${name(6, '')}${name(9, 'compacted.json')}`,
    '_last_checkpoint',
    '._last_checkpoint.crc',
    '_sidecars',
    '_staged_commits',
    `.${name(4)}.abc.tmp`,
    '00004.json',
    `${name(4)}.bak`,
  ]
  const steps = planLogCleanup([...stays, ...goes], 5)
  expect(new Set(steps.flat())).toEqual(new Set(goes.map((file) => `_delta_log/${file}`)))
  expect(steps[0]?.every((file) => file.includes('.checkpoint.'))).toBe(true)
  expect(steps[1]).toEqual([`_delta_log/${name(0)}`])
})

test('an unreadable retention stops the cleanup with its name, and does not affect commits', async () => {
  const root = join(folder, 'unreadable')
  const warnings: unknown[] = []
  await createTable(root, { connection, columns, properties: { 'delta.checkpointInterval': '1' } })
  const metaData = JSON.parse(readFileSync(join(root, '_delta_log', name(0)), 'utf8').split('\n')[2] ?? '') as {
    metaData: { configuration: object }
  }
  const broken = {
    metaData: { ...metaData.metaData, configuration: { ...metaData.metaData.configuration, 'delta.logRetentionDuration': 'for ever' } },
  }
  writeFileSync(join(root, '_delta_log', name(1)), `${JSON.stringify({ commitInfo: {} })}\n${JSON.stringify(broken)}\n`)
  const table = await openTable(root, { connection, onWarning: (error) => warnings.push(error) })
  expect(await table.append({ select: 'SELECT 1 AS id' })).toMatchObject({ version: 2 })
  expect(warnings).toEqual([
    expect.objectContaining({ code: 'property.invalid', facts: { property: 'delta.logRetentionDuration', value: 'for ever' } }),
  ])
  expect(existsSync(join(root, '_delta_log', name(2, 'checkpoint.parquet')))).toBe(true)
  await expect(table.cleanupLog()).rejects.toMatchObject({ code: 'property.invalid' })
})

test('application transactions older than their retention are forgotten, and their writes may be repeated', async () => {
  const root = join(folder, 'transactions')
  let now = Date.now()
  const properties = { 'delta.setTransactionRetentionDuration': 'interval 7 days' }
  const table = await createTable(root, { connection, columns, properties, now: () => now })
  await table.append({ select: 'SELECT 1 AS id', txn: { appId: 'old', version: 1 } })
  now += 6 * day
  await table.append({ select: 'SELECT 2 AS id', txn: { appId: 'new', version: 1 } })
  expect([...(await table.snapshot()).txns.keys()]).toEqual(['old', 'new'])
  expect(await table.append({ select: 'SELECT 1 AS id', txn: { appId: 'old', version: 1 } })).toMatchObject({ alreadyCommitted: true })
  now += 2 * day
  expect([...(await table.snapshot()).txns.keys()]).toEqual(['new'])
  expect(await table.findTransaction('old')).toBeUndefined()
  await table.checkpoint()
  for (const version of [0, 1, 2]) rmSync(join(root, '_delta_log', name(version)))
  const again = await openTable(root, { connection, now: () => now - 30 * day })
  expect([...(await again.snapshot()).txns.keys()]).toEqual(['new'])
  expect(await table.append({ select: 'SELECT 1 AS id', txn: { appId: 'old', version: 1 } })).toMatchObject({ alreadyCommitted: false })
})

test.for(['false', 'true'])('a table that begins with a checkpoint has times and takes commits, in-commit timestamps %s', async (timed) => {
  const begun = Date.now()
  const properties = { 'delta.enableInCommitTimestamps': timed }
  const { root, checkpoint } = await createTable(join(folder, `begun ${timed}`), {
    connection,
    columns: [{ name: 'id', type: 'long' }],
    properties,
  })
  await checkpoint()
  rmSync(join(root, commitPath(0)))
  const table = await openTable(root, { connection })
  expect((await table.snapshot()).timestampMs).toBeGreaterThan(begun - 1_000)
  await table.append({ select: 'SELECT 1 AS id' })
  expect((await table.snapshot({ timestamp: Date.now() + 1 })).version).toBe(1)
  expect(await table.history()).toMatchObject([{ version: 1 }])
})
