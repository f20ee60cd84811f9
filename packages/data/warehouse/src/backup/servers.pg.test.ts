import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { folderPlace } from '@sluice/backup'
import { quoteIdentifier, urlFor, withSession } from '@sluice/postgres'
import { serversForTests, startPgbouncer, startTestServer, type TestServer, whyNoPgbouncer } from '@sluice/postgres/testing'
import { expect, test } from 'vitest'
import { restoreDatabase, saveDatabase, verifyDatabase } from './index.ts'
import { richDatabase } from './testing/rich-database.ts'

const { servers, absent } = await serversForTests()
const noPgbouncer = await whyNoPgbouncer()

test.each(servers.filter(({ major }) => major < 18).map(({ major, start }) => [major, start] as const))(
  'a database of PostgreSQL %i is saved, restored there, and restored into the embedded version',
  async (major, start) => {
    const older: TestServer = await start()
    await using rich = await richDatabase(older, `rich_${major}_${process.pid}`)
    const place = folderPlace(mkdtempSync(join(tmpdir(), 'backup ')))
    const manifest = await saveDatabase({ url: rich.url, place, version: '1.2.3' })
    expect(manifest.leftOut).toEqual([])
    expect(await verifyDatabase(place, manifest, undefined)).toEqual([])
    const restored = { tables: manifest.tables.length, notes: [] }
    expect(await restoreDatabase({ place, manifest, adminUrl: older.url('postgres'), into: rich.another('copy') })).toMatchObject(restored)
    const newer = await startTestServer()
    await using moved = await richDatabase(newer, `moved_${major}_${process.pid}`)
    const adminUrl = newer.url('postgres')
    try {
      // Each table is read again and compared: values are written alike in both.
      expect(await restoreDatabase({ place, manifest, adminUrl, into: moved.another('copy') })).toMatchObject(restored)
    } finally {
      await withSession(adminUrl, async (admin) => {
        await admin.query(`drop database if exists ${quoteIdentifier(`${moved.name}_copy`)} with (force)`)
        for (const role of [`${rich.name}_role`, `${rich.name}_reader`]) await admin.query(`drop role if exists ${quoteIdentifier(role)}`)
      })
    }
  },
)

test.skipIf(absent.length > 0)('the oldest version that a URL may lead to is among those tried', () => {
  expect(servers.map(({ major }) => major)).toContain(16)
})

test.skipIf(noPgbouncer !== undefined)(
  'behind PgBouncer in session mode a database is saved, restored, and takes the place of another',
  async () => {
    const server = await startTestServer()
    await using rich = await richDatabase(server, `pooled_${process.pid}`)
    await using pooler = await startPgbouncer(server, { pool_mode: 'session', ignore_startup_parameters: 'extra_float_digits,options' })
    const place = folderPlace(mkdtempSync(join(tmpdir(), 'backup ')))
    const manifest = await saveDatabase({ url: urlFor(pooler.url('postgres'), rich.name), place, version: '1.2.3' })
    const restore = { place, manifest, adminUrl: pooler.url('postgres'), into: rich.another('copy') }
    expect(await restoreDatabase(restore)).toMatchObject({ tables: manifest.tables.length, notes: [] })
    expect(await restoreDatabase({ ...restore, replace: true })).toMatchObject({ tables: manifest.tables.length, notes: [] })
  },
)
