import { rm, stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { hold, withLock } from '../embedded/lock.ts'
import { filesOf } from '../embedded/state.ts'
import { stopServer } from '../embedded/stop.ts'
import { livingUsers } from '../embedded/users.ts'
import { keeperLock } from './keep.ts'

/** Long enough for the next test file's process to come, short enough that nobody finds a server after the run. */
const lingerMs = 1_500
const lookMs = 250

const [dir = '', share] = process.argv.slice(2)
const files = filesOf(dir)
const letGo = await hold(keeperLock(dir), 0).catch(() => process.exit(0))

for (let unusedMs = 0; await exists(dir); unusedMs += lookMs) {
  if ((await livingUsers(files.users)).length > 0) unusedMs = 0
  if (unusedMs >= lingerMs && (await endIfUnused())) break
  await delay(lookMs)
}
if (share === 'private') await rm(dir, { recursive: true, force: true })

/** Whoever waits for the lock of a shared server meanwhile finds an empty folder and begins again there. */
async function endIfUnused(): Promise<boolean> {
  return await withLock(files.lock, 600_000, async () => {
    if ((await livingUsers(files.users)).length > 0) return false
    await stopServer(files)
    for (const path of [files.data, files.password, files.state, files.log, files.libraries])
      await rm(path, { recursive: true, force: true })
    await letGo()
    return true
  })
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}
