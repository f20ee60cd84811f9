import { join } from 'node:path'
import { openLoader } from '@sluice/definitions'
import { cachedLoader, readSettings, type Settings } from '@sluice/settings'
import { plainStateDir } from './plain-state-dir.ts'

/**
 * The configuration of a platform's folder. Its files are imported in separate processes, or not at all where nothing has changed since
 * they were: what was read is kept beside the state, where that can be found without reading it. @throws as `readSettings`
 */
export async function loadSettings({
  root,
  env = process.env,
}: {
  readonly root: string
  readonly env?: Readonly<Record<string, string | undefined>>
}): Promise<Settings> {
  const stateDir = await plainStateDir(root, env)
  const folder = stateDir === undefined ? null : join(stateDir, 'configuration')
  return await readSettings({ root, env, openLoader: cachedLoader(openLoader, folder, process.env) })
}
