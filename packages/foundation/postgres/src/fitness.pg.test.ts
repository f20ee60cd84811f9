import { expect, test } from 'vitest'
import { withSession } from './connection.ts'
import { migrateUp } from './migrate/migrate.ts'
import { openServer } from './open-server.ts'
import { testDatabase } from './testing/database.ts'
import { startPgbouncer, whyNoPgbouncer } from './testing/pgbouncer.ts'
import { startTestServer } from './testing/server.ts'

const absent = await whyNoPgbouncer()
const next = expect.stringContaining('Give the URL of the PostgreSQL server itself')
const opened = (url: string) => openServer({ dir: '/nowhere', url })

test.skipIf(absent)('a pooler that knows no startup options is refused with a sentence', async () => {
  await using database = await testDatabase()
  await using pooler = await startPgbouncer(await startTestServer(), { pool_mode: 'transaction' })
  const refusal = { code: 'config.invalid', message: expect.stringContaining('a pooler'), next }
  await expect(opened(pooler.url(database.name))).rejects.toMatchObject(refusal)
  await expect(migrateUp(pooler.url(database.name), [])).rejects.toMatchObject(refusal)
})

test.skipIf(absent)('a pooler whose sessions belong to one transaction only is refused, also one that swallows the options', async () => {
  await using database = await testDatabase()
  for (const pool_mode of ['transaction', 'statement']) {
    await using pooler = await startPgbouncer(await startTestServer(), { pool_mode, ignore_startup_parameters: 'options' })
    const refusal = { code: 'config.invalid', message: expect.stringContaining('a pooler'), next }
    await expect(opened(pooler.url(database.name)), pool_mode).rejects.toMatchObject(refusal)
    await expect(migrateUp(pooler.url(database.name), []), pool_mode).rejects.toMatchObject(refusal)
  }
})

test.skipIf(absent)('a pooler that gives whole sessions works, unless it swallows settings that the session needs', async () => {
  await using database = await testDatabase()
  const settings = { pool_mode: 'session', ignore_startup_parameters: 'options' }
  await using pooler = await startPgbouncer(await startTestServer(), settings)
  const url = pooler.url(database.name)
  await opened(url)
  expect(await migrateUp(url, [{ id: '0001_a', up: 'create table a ()' }])).toEqual(['0001_a'])
  await withSession(database.url, (session) => session.query(`alter database "${database.name}" set timezone = 'Asia/Kolkata'`))
  await using later = await startPgbouncer(await startTestServer(), settings)
  await expect(opened(later.url(database.name))).rejects.toMatchObject({
    code: 'config.invalid',
    message: expect.stringContaining('TimeZone'),
  })
})

test('a server of its own settings is fit: each session brings those that it needs', async () => {
  await using database = await testDatabase()
  await withSession(database.url, async (session) => {
    for (const setting of [`timezone = 'Asia/Kolkata'`, `datestyle = 'SQL, DMY'`, `intervalstyle = 'iso_8601'`])
      await session.query(`alter database "${database.name}" set ${setting}`)
  })
  await opened(database.url)
})
