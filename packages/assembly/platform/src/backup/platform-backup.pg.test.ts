import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BackupPlace, folderPlace, parseKeep } from '@sluice/backup'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { quoteIdentifier, withSession } from '@sluice/postgres'
import { startTestServer, type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import type { Settings } from '@sluice/settings'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findBackup, platformBackups, restorePlatform, savePlatform, verifyPlatform } from './index.ts'

let database: TestDatabase
let adminUrl: string
const random = seeded(seedOfRun())
const stateDir = mkdtempSync(join(tmpdir(), 'state '))
const restoredName = `restored_${process.pid}`
beforeAll(async () => {
  database = await testDatabase()
  adminUrl = (await startTestServer()).url('postgres')
  await withSession(database.url, (session) =>
    session.query(
      "create table runs (id int primary key, what text); insert into runs select i, 'run ' || i from generate_series(1, 500) i",
    ),
  )
  for (const [path, bytes] of [
    ['lake/shop/bronze/pages/a.parquet', 3_000],
    ['lake/shop/silver/rows/one.parquet', 200_000],
    ['lake/shop/silver/rows/_delta_log/00000000000000000000.json', 300],
    ['lake/shop/silver/rows/_delta_log/_last_checkpoint', 10],
    ['lake/shop/silver/rows/.draft.tmp', 10],
    ['lake/shop/gold/day/x.csv', 100],
    ['lake/shop/gold/day/x.manifest.json', 100],
    ['logs/shop/sales/run/task/1.log', 0],
    ['key', 40],
    ['profile', 5],
  ] as const) {
    mkdirSync(join(stateDir, path, '..'), { recursive: true })
    writeFileSync(join(stateDir, path), random.bytes(bytes))
  }
})
afterAll(async () => {
  await withSession(adminUrl, (admin) => admin.query(`drop database if exists ${quoteIdentifier(restoredName)} with (force)`))
  await database.drop()
})

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'backups '))
const settings = { stateDir, lakeUrl: null, profile: null, projects: [{ dir: '/', project: { name: 'shop' } }] } as unknown as Settings
const key = 'a key of the user, long enough'
let clock = Date.parse('2026-11-30T00:00:00Z')
function nextHour(): number {
  clock += 3_600_000
  return clock
}
const save = (place: BackupPlace, options: { readonly secret?: string; readonly keep?: string; readonly signal?: AbortSignal } = {}) =>
  savePlatform({
    settings,
    databases: [{ project: null, database: database.name, url: database.url }],
    place,
    secret: options.secret,
    version: '1.2.3',
    now: nextHour(),
    keep: options.keep === undefined ? undefined : parseKeep(options.keep),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).isFile())

test('an unchanged file is not written again, and what no backup names any more goes with the last one that is not kept', async () => {
  const folder = newFolder()
  const place = folderPlace(folder)
  const first = await save(place)
  expect(first.manifest.trees).toMatchObject([
    { tree: 'lake', files: 5 },
    { tree: 'logs', files: 1 },
    { tree: 'versions', files: 0 },
    { tree: 'state', files: 1 },
  ])
  const objects = filesBelow(join(folder, 'objects'))
  const passing = join(stateDir, 'lake/shop/bronze/pages/b.parquet')
  writeFileSync(passing, random.bytes(5_000))
  const second = await save(place)
  expect(filesBelow(join(folder, 'objects'))).toHaveLength(objects.length + 1)
  rmSync(passing)
  const third = await save(place, { keep: '1' })
  expect(third.removed.toSorted()).toEqual([first.id, second.id])
  expect(filesBelow(join(folder, 'objects'))).toEqual(objects)
  expect(await verifyPlatform(place, await findBackup(place, undefined), undefined)).toEqual([])
  const kept = await save(place, { keep: '30d' })
  expect((await platformBackups(place)).map(({ id }) => id)).toEqual([kept.id, third.id])
})

test.each([[undefined], [key]])('a flipped byte in any file is found and named (key: %s)', async (secret) => {
  const folder = newFolder()
  const place = folderPlace(folder)
  await save(place, secret === undefined ? {} : { secret })
  const found = await findBackup(place, undefined)
  expect(await verifyPlatform(place, found, secret)).toEqual([])
  for (const name of filesBelow(folder).filter((each) => !/^(\.gitignore|key\.json)$|restore\.sql$/.test(each))) {
    const whole = readFileSync(join(folder, name))
    // A look at an encrypted backup takes 0.1 s for the key alone.
    if (whole.length === 0 || (secret !== undefined && random.chance(0.6))) continue
    const flipped = Buffer.from(whole)
    const at = random.integer(whole.length)
    flipped[at] = (flipped[at] ?? 0) ^ (1 << random.integer(8))
    writeFileSync(join(folder, name), flipped)
    const problems = await verifyPlatform(place, found, secret)
    expect(problems.length, `byte ${at} of ${name}`).toBeGreaterThan(0)
    expect(problems.join('\n')).toContain(name)
    writeFileSync(join(folder, name), whole)
  }
})

test('ended at any moment it is no backup, and the next one takes away what it left', async () => {
  const folder = newFolder()
  const place = folderPlace(folder)
  let ended = 0
  for (let round = 0; round < 4; round++) {
    const stop = new AbortController()
    let left = random.integer(12)
    const counting: BackupPlace = {
      ...place,
      write: async (path, source) => {
        if (left-- <= 0) stop.abort(new Error('ended'))
        await place.write(path, source)
      },
    }
    await save(counting, { signal: stop.signal }).then(
      () => undefined,
      () => ended++,
    )
  }
  for (const found of await platformBackups(place)) expect(await verifyPlatform(place, found, undefined)).toEqual([])
  expect(await platformBackups(place)).toHaveLength(4 - ended)
  await save(place)
  expect(readdirSync(join(folder, 'platform'))).toHaveLength(5 - ended)
})

test('a full disk is told as one, and what there is of the backup counts as nothing', async (context) => {
  const folder = newFolder()
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=160k,mode=700', 'tmpfs', folder]).status === 0
  if (!mounted) context.skip('this account may not mount a small disk')
  try {
    await expect(save(folderPlace(folder))).rejects.toMatchObject({ code: 'disk.full' })
    expect(await platformBackups(folderPlace(folder))).toEqual([])
  } finally {
    spawnSync('umount', ['-l', folder])
  }
})

test('a restore has each file and row again, refuses a folder with a state, and is done again where it was ended', async () => {
  const place = folderPlace(newFolder())
  await save(place, { secret: key })
  const found = await findBackup(place, undefined)
  await withSession(adminUrl, (admin) => admin.query(`create database ${quoteIdentifier(restoredName)}`))
  const databaseUrl = database.url.replace(database.name, restoredName)
  const into = join(mkdtempSync(join(tmpdir(), 'restored ')), '.sluice')
  const other = { ...settings, stateDir: into, databaseUrl, workers: 1 }
  const restore = (signal?: AbortSignal) =>
    restorePlatform({
      settings: other,
      place,
      found,
      secret: key,
      ...(signal === undefined ? {} : { signal, onProgress: ({ what }) => what.startsWith('lake/') && stop.abort() }),
    })
  const stop = new AbortController()
  await expect(restore(stop.signal)).rejects.toThrow()
  const { prepareStateDir } = await import('../state/state-dir.ts')
  await expect(prepareStateDir(into)).rejects.toMatchObject({ message: expect.stringContaining('was not finished') })
  // The rows of the first try are in the server of somebody: only the name of the state may go.
  await withSession(adminUrl, async (admin) => {
    await admin.query(`drop database ${quoteIdentifier(restoredName)} with (force)`)
    await admin.query(`create database ${quoteIdentifier(restoredName)}`)
  })
  expect(await restore()).toMatchObject({ databases: [{ rows: 500 }], notes: [] })
  await prepareStateDir(into)
  for (const name of filesBelow(stateDir).filter((each) => !/_last_checkpoint|\.tmp$/.test(each)))
    expect(readFileSync(join(into, name)).equals(readFileSync(join(stateDir, name))), name).toBe(true)
  await expect(restore()).rejects.toMatchObject({ code: 'backup.refused', message: expect.stringContaining('has a state already') })
})
