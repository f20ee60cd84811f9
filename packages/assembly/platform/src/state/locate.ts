import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { configErrors } from '@sluice/core'
import { lockErrors } from '@sluice/process'
import { runningServer } from './lock.ts'

/** Where the state is. When the configuration is broken it is looked for in the default place. */
export async function locateState(root: string): Promise<{ readonly stateDir: string; readonly exists: boolean }> {
  const { loadSettings } = await import('../settings.ts')
  const stateDir = await loadSettings({ root }).then(
    (settings) => settings.stateDir,
    () => resolve(root, process.env.SLUICE_STATE_DIR || '.sluice'),
  )
  await refuseStrangeFolder(stateDir)
  return { stateDir, exists: (await stat(stateDir).catch(() => undefined)) !== undefined }
}

/** A folder that is about to be removed must look like a state directory: a mistyped SLUICE_STATE_DIR must not remove somebody's home. */
async function refuseStrangeFolder(stateDir: string): Promise<void> {
  const folder = await stat(stateDir).catch(() => undefined)
  if (folder === undefined) return
  const ours = await Promise.all(
    ['postgres', 'versions', 'key', 'profile'].map((name) => stat(join(stateDir, name)).catch(() => undefined)),
  )
  if (ours.some((each) => each !== undefined)) return
  throw configErrors.invalid(`${stateDir} does not look like a state directory of Sluice`, {
    facts: { stateDir },
    next: 'Check SLUICE_STATE_DIR; remove the folder by hand if it is the right one.',
  })
}

/** Stops the `sluice start` of the state, waits for its end and returns its pid. @throws `lock.held` when that takes over a minute */
export async function stopServer(stateDir: string, signal: AbortSignal): Promise<number | undefined> {
  const server = await runningServer(stateDir)
  if (server === undefined) return undefined
  process.kill(server.pid, 'SIGTERM')
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await delay(50, undefined, { signal })) {
    if ((await runningServer(stateDir)) === undefined) return server.pid
  }
  throw lockErrors.held(`Sluice (pid ${server.pid}) does not end`, {
    facts: { pid: server.pid },
    next: `Look at what it does. "kill -9 ${server.pid}" ends it at once.`,
  })
}
