import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseKeep } from '@sluice/backup'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { credentials, isThere, startVersitygw, versitygw } from '@sluice/delta/testing'
import { backupPlaceOf } from '@sluice/lake/backup'
import { storageOf } from '@sluice/lake/storage'
import { urlFor, withSession } from '@sluice/postgres'
import { testDatabase } from '@sluice/postgres/testing'
import type { Settings } from '@sluice/settings'
import { expect, test, vi } from 'vitest'
import { findBackup, platformBackups, restorePlatform, savePlatform, verifyPlatform } from './index.ts'

const hasS3 = await isThere(versitygw, 1)

test.runIf(hasS3)('a platform whose lake lies in a bucket is saved to a bucket, verified, and restored into another one', async () => {
  const server = await startVersitygw()
  vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey)
  vi.stubEnv('AWS_ENDPOINT_URL', server.endpoint)
  vi.stubEnv('AWS_REGION', 'us-east-1')
  await using database = await testDatabase()
  await using restored = await testDatabase()
  try {
    const random = seeded(seedOfRun())
    const [stateDir, into] = ['state ', 'other '].map((name) => mkdtempSync(join(tmpdir(), name))) as [string, string]
    await withSession(database.url, (session) => session.query('create table runs as select generate_series(1, 500) as id'))
    mkdirSync(join(stateDir, 'logs/shop'), { recursive: true })
    writeFileSync(join(stateDir, 'logs/shop/1.log'), 'a line\n')
    const lakeUrl = `s3://${server.bucket}/lake of one`
    const written = new Map<string, Buffer>()
    const lake = await backupPlaceOf(lakeUrl, { root: '/', scratch: join(stateDir, 'tmp') })
    const put = async (path: string, size: number): Promise<void> => {
      const bytes = Buffer.from(random.bytes(size))
      written.set(path, bytes)
      await lake.write(
        path,
        (async function* () {
          yield bytes
        })(),
      )
    }
    await put('shop/bronze/pages/a.parquet', 3_000)
    await put('shop/silver/rows/one.parquet', 9_000_000)
    await put('shop/silver/rows/_delta_log/00000000000000000000.json', 300)
    await put('shop/gold/day/x.csv', 100)
    await put('shop/gold/day/x.manifest.json', 100)
    const place = await backupPlaceOf(`s3://${server.bucket}/backups/daily`, { root: '/', scratch: join(stateDir, 'tmp') })
    const settings = { stateDir, lakeUrl, profile: null, projects: [{ dir: '/', project: { name: 'shop' } }] } as unknown as Settings
    const secret = 'a key of the user, long enough'
    const save = (hour: number) =>
      savePlatform({
        settings,
        databases: [{ project: null, database: database.name, url: database.url }],
        place,
        secret,
        version: '1.2.3',
        now: Date.UTC(2026, 10, 30, hour),
        keep: parseKeep('1'),
      })
    const first = await save(1)
    expect(first.manifest).toMatchObject({
      trees: expect.arrayContaining([{ tree: 'lake', files: 5 }].map((each) => expect.objectContaining(each))),
    })
    await put('shop/bronze/pages/b.parquet', 5_000)
    const second = await save(2)
    expect(second.removed).toEqual([first.id])
    expect((await platformBackups(place)).map(({ id }) => id)).toEqual([second.id])
    const found = await findBackup(place, undefined)
    expect(await verifyPlatform(place, found, secret)).toEqual([])
    const other = {
      ...settings,
      stateDir: join(into, '.sluice'),
      lakeUrl: `s3://${server.bucket}/lake of another`,
      databaseUrl: restored.url,
      workers: 1,
    }
    expect(await restorePlatform({ settings: other, place, found, secret })).toMatchObject({ databases: [{ rows: 500 }], notes: [] })
    const there = await backupPlaceOf(other.lakeUrl, { root: '/', scratch: join(into, 'tmp') })
    for (const [path, bytes] of written) expect(Buffer.concat(await Array.fromAsync(there.read(path))).equals(bytes), path).toBe(true)
    // As a platform finds it.
    const storage = await storageOf(other.stateDir, other.lakeUrl)
    expect(new Set(await storage.files('shop'))).toEqual(new Set([...written.keys()].map((path) => path.slice('shop/'.length))))
    const [row] = await withSession(urlFor(restored.url, restored.name), (session) => session.query('select count(*)::int as n from runs'))
    expect(row).toEqual({ n: 500 })
  } finally {
    vi.unstubAllEnvs()
    server.stop()
  }
})
