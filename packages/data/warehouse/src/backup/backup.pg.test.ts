import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BackupKey, folderPlace, newKey, openKey, readManifest } from '@sluice/backup'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { type Connection, ensureRole, quoteIdentifier, urlFor, withSession } from '@sluice/postgres'
import { readDatabase, type TableOfRows, withSnapshot } from '@sluice/postgres/dump'
import { startTestServer, type TestServer } from '@sluice/postgres/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DatabaseManifest, filesOf, restoreDatabase, rowsOf, saveDatabase, verifyDatabase } from './index.ts'
import { type RichDatabase, richDatabase } from './testing/rich-database.ts'

let server: TestServer
let rich: RichDatabase
let adminUrl: string
beforeAll(async () => {
  server = await startTestServer()
  adminUrl = server.url('postgres')
  rich = await richDatabase(server, `rich_${process.pid}`)
})
afterAll(() => rich[Symbol.asyncDispose]())

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'backup '))
const save = (folder: string, key?: BackupKey): Promise<DatabaseManifest> =>
  saveDatabase({ url: rich.url, place: folderPlace(folder), key, version: '1.2.3' })
const databases = () =>
  withSession(adminUrl, async (admin) =>
    (await admin.query<{ name: string }>('select datname as name from pg_database')).map(({ name }) => name),
  )

const ownDatabases = async () => (await databases()).filter((name) => name.startsWith(rich.name)).sort((a, b) => (a < b ? -1 : 1))
/** Of restores that have ended. Other files of tests restore into this server too, and hold the locks of their drafts. */
const draftsLeft = () =>
  withSession(adminUrl, (admin) =>
    admin.query(
      `with drafts as materialized (select datname from pg_database where starts_with(datname, 'sluice_restoring_'))
       select datname from drafts where pg_try_advisory_lock(hashtextextended(datname, 0))`,
    ),
  )

/** All that a backup would say of a database, and what its tables hold. */
const described = (url: string) =>
  withSnapshot(url, 1, async ([session]) => {
    if (session === undefined) throw new Error('no session')
    const { items, tables, sequences, roles } = await readDatabase(session, { passwords: false })
    return {
      items: items.map(({ kind, name, section, statements }) => JSON.stringify({ kind, name, section, statements })).sort(),
      sequences: sequences.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      roles,
      tables: await held(session, tables),
    }
  })
async function held(session: Connection, tables: readonly TableOfRows[]) {
  const found = []
  for (const table of tables) found.push({ name: table.name, ...(await rowsOf(session, table)) })
  return found
}

test('a restored database is the saved one: schema, rows, sequences, owners, rights, comments', async () => {
  const folder = newFolder()
  const place = folderPlace(folder)
  const manifest = await save(folder)
  expect(manifest.leftOut).toEqual([])
  expect(await verifyDatabase(place, manifest, undefined)).toEqual([])
  const into = rich.another('copy')
  expect(await restoreDatabase({ place, manifest, adminUrl, into })).toMatchObject({ notes: [], tables: 9 })
  expect(await described(server.url(into))).toEqual(await described(rich.url))
  // Once more over it: not unless it is said.
  const again = { place, manifest, adminUrl, into }
  await expect(restoreDatabase(again)).rejects.toMatchObject({ code: 'backup.refused', message: expect.stringContaining('holds data') })
  await withSession(server.url(into), (session) => session.query('delete from facts'))
  await restoreDatabase({ ...again, replace: true })
  expect((await described(server.url(into))).tables).toEqual((await described(rich.url)).tables)
  expect(await draftsLeft()).toEqual([])
})

test('an encrypted backup opens with its key alone, and holds no text of the rows or of the schema', async () => {
  const folder = newFolder()
  const place = folderPlace(folder)
  const { key, facts } = await newKey('a key of the user, long enough')
  const manifest = await save(folder, key)
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((each) => /\.(sql|zst)$/.test(each)))
    expect(readFileSync(join(folder, name)).includes('create') || readFileSync(join(folder, name)).includes("it's")).toBe(false)
  expect(await readManifest(place, key)).toEqual(manifest)
  expect(await verifyDatabase(place, manifest, await openKey('a key of the user, long enough', facts, folder))).toEqual([])
  await expect(openKey('another key of the user', facts, folder)).rejects.toMatchObject({ code: 'backup.locked' })
  await expect(openKey(undefined, facts, folder)).rejects.toMatchObject({ code: 'backup.locked' })
  const other = await newKey('another key of the user')
  await expect(readManifest(place, other.key)).rejects.toMatchObject({ code: 'backup.damaged' })
  const into = rich.another('sealed')
  await restoreDatabase({ place, manifest, key, adminUrl, into })
  expect((await described(server.url(into))).tables).toEqual((await described(rich.url)).tables)
})

test.each([['in the clear'], ['encrypted']])(
  'a flipped byte, a cut and a missing end of any file are found and named: %s',
  async (form) => {
    const key = form === 'encrypted' ? (await newKey('a key of the user, long enough')).key : undefined
    const folder = newFolder()
    const place = folderPlace(folder)
    const manifest = await save(folder, key)
    const random = seeded(seedOfRun())
    for (const { path } of filesOf(manifest)) {
      const file = join(folder, path)
      const whole = readFileSync(file)
      const at = Math.floor(random.next() * whole.length)
      const flipped = Buffer.from(whole)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << Math.floor(random.next() * 8))
      writeFileSync(file, flipped)
      expect(await verifyDatabase(place, manifest, key), `byte ${at} of ${path}`).toEqual([expect.stringContaining(path)])
      writeFileSync(file, whole)
      truncateSync(file, whole.length - 1 - Math.floor(random.next() * Math.min(40, whole.length - 1)))
      expect(await verifyDatabase(place, manifest, key), `cut ${path}`).toEqual([expect.stringContaining(path)])
      writeFileSync(file, whole)
    }
    expect(await verifyDatabase(place, manifest, key)).toEqual([])
    const text = readFileSync(join(folder, 'manifest.json'), 'utf8')
    writeFileSync(join(folder, 'manifest.json'), text.replace(/"rows": 1,/, '"rows": 2,'))
    await expect(readManifest(place, key)).rejects.toMatchObject({
      code: 'backup.damaged',
      message: expect.stringContaining('manifest.json'),
    })
  },
)

test('what was not restored as it was saved is found, and nothing of it stays', async () => {
  const folder = newFolder()
  const place = folderPlace(folder)
  const manifest = await save(folder)
  const tables = manifest.tables.map((table) => (table.name === 'public.parent' ? { ...table, checksum: '0'.repeat(16) } : table))
  const into = rich.another('wrong')
  const before = await ownDatabases()
  await expect(restoreDatabase({ place, manifest: { ...manifest, tables }, adminUrl, into })).rejects.toMatchObject({
    code: 'backup.differs',
    facts: { tables: ['public.parent'] },
  })
  expect(await ownDatabases()).toEqual(before)
  expect(await draftsLeft()).toEqual([])
})

test('a role that may not read all is told what, and by which words of an administrator it may', async () => {
  const name = `${rich.name}_reader`
  const url = urlFor(rich.url, rich.name, { user: name, password: 'a-password-of-tests' })
  const failing = saveDatabase({ url, place: folderPlace(newFolder()), version: '1.2.3' })
  await expect(failing).rejects.toMatchObject({
    message: expect.stringMatching(/may not read all of the database: .*public\.child \(no right to select\)/),
    next: expect.stringContaining('grant pg_read_all_data to'),
  })
})

test('a role that is no superuser saves what is its own, and restores it as its own', async () => {
  const name = `plain_${process.pid}`
  await ensureRole(adminUrl, { name, password: 'a-password-of-tests' })
  const as = (database: string): string => urlFor(adminUrl, database, { user: name, password: 'a-password-of-tests' })
  await withSession(adminUrl, async (admin) => {
    await admin.query(`alter role ${quoteIdentifier(name)} createdb`)
    await admin.query(`create database ${quoteIdentifier(rich.another('own'))} owner ${quoteIdentifier(name)}`)
  })
  const url = as(`${rich.name}_own`)
  await withSession(url, (session) =>
    session.query("create table mine (id int primary key, w text); insert into mine values (1, null), (2, E'\\t')"),
  )
  const place = folderPlace(newFolder())
  const manifest = await saveDatabase({ url, place, version: '1.2.3' })
  const into = rich.another('theirs')
  expect(await restoreDatabase({ place, manifest, adminUrl: as('postgres'), into })).toMatchObject({ rows: 2, notes: [] })
  expect(await described(as(into))).toEqual(await described(url))
  await withSession(adminUrl, async (admin) => {
    for (const each of [`${rich.name}_own`, into]) await admin.query(`drop database ${quoteIdentifier(each)} with (force)`)
    await admin.query(`drop role ${quoteIdentifier(name)}`)
  })
})

test('killed at any moment, a backup is none, and a restore leaves what the next one takes away', async () => {
  const folder = newFolder()
  const manifest = await save(folder)
  const random = seeded(seedOfRun())
  const into = rich.another('killed')
  const worker = new URL('./testing/run-until-killed.ts', import.meta.url).pathname
  const killedAt = async (job: object): Promise<void> => {
    const child = spawn(process.execPath, [worker, JSON.stringify(job)], { stdio: ['ignore', 'pipe', 'inherit'] })
    let left = Math.floor(random.next() * 25)
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      left -= text.split('\n').length - 1
      if (left <= 0) child.kill('SIGKILL')
    })
    await once(child, 'close')
  }
  for (let round = 0; round < 2; round++) {
    const half = newFolder()
    await killedAt({ job: 'save', url: rich.url, folder: half })
    const found = await readManifest<DatabaseManifest>(folderPlace(half), undefined).catch((error: { code: string }) => error.code)
    if (typeof found === 'string') expect(found).toBe('backup.damaged')
    else expect(await verifyDatabase(folderPlace(half), found, undefined)).toEqual([])
    await killedAt({ job: 'restore', folder, adminUrl, into })
    // Killed or whole: never a part under the name.
    if ((await databases()).includes(into)) expect((await described(server.url(into))).tables).toEqual((await described(rich.url)).tables)
  }
  await restoreDatabase({ place: folderPlace(folder), manifest, adminUrl, into, replace: true })
  expect((await described(server.url(into))).tables).toEqual((await described(rich.url)).tables)
  expect(await draftsLeft()).toEqual([])
})
