import { readFile, rm, stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { withSession } from '../connection.ts'
import { inspect } from '../embedded/inspect.ts'
import { hold, withLock } from '../embedded/lock.ts'
import { placesIn } from '../embedded/state.ts'
import { stopServer } from '../embedded/stop.ts'
import { livingUsers } from '../embedded/users.ts'
import { quoteIdentifier } from '../identifiers.ts'
import { keeperLock } from './keep.ts'

/** Long enough for the next test file's process to come, short enough that nobody finds a server after the run. */
const lingerMs = 1_500

const [dir = '', atEnd] = process.argv.slice(2)
const places = placesIn(dir)
const letGo = await hold(keeperLock(dir), 0).catch(() => process.exit(0))

for (let unusedMs = 0; ; unusedMs += 250) {
  if (!(await exists(dir))) break
  if ((await livingUsers(places.users)).length > 0) unusedMs = 0
  if (unusedMs >= lingerMs && (await endIfUnused())) break
  await delay(250)
}

async function endIfUnused(): Promise<boolean> {
  return await withLock(places.lock, 60_000, async () => {
    if ((await livingUsers(places.users)).length > 0) return false
    if (atEnd === 'keep_files') await dropDatabases().catch(() => undefined)
    await stopServer(places)
    await letGo()
    if (atEnd === 'remove_files') await rm(dir, { recursive: true, force: true })
    return true
  })
}

/** Clones that nobody dropped, and templates: the next run may have other migrations. */
async function dropDatabases(): Promise<void> {
  const found = await inspect(places)
  if (found.kind !== 'ours') return
  const password = (await readFile(places.password, 'utf8')).trim()
  await withSession(`postgres://postgres:${password}@127.0.0.1:${found.port}/postgres`, async (session) => {
    const made = await session.query<{ name: string }>(`select datname as name from pg_database where datname like 'sluice\\_%'`)
    for (const { name } of made) {
      await session.query(`alter database ${quoteIdentifier(name)} is_template false`)
      await session.query(`drop database ${quoteIdentifier(name)} with (force)`)
    }
  })
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}
