import { join } from 'node:path'
import { openLoader } from '@sluice/definitions'
import { cachedLoader, type OpenConfigLoader, readSettings, type Settings } from '@sluice/settings'
import { plainStateDir } from './plain-state-dir.ts'

/**
 * The configuration of a platform's folder. Its files are imported in separate processes, or not at all where nothing has changed since
 * they were: what was read is kept beside the state, where that can be found without reading it. @throws as `readSettings`
 */
export async function loadSettings({
  root,
  env = process.env,
  onFile,
}: {
  readonly root: string
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Told each file that was imported for it, packages left out, now or when it was kept. */
  readonly onFile?: (file: string) => void
}): Promise<Settings> {
  const stateDir = await plainStateDir(root, env)
  const folder = stateDir === undefined ? null : join(stateDir, 'configuration')
  const open = cachedLoader(openLoader, folder, process.env)
  return await readSettings({ root, env, openLoader: onFile === undefined ? open : tellingFiles(open, onFile) })
}

const tellingFiles =
  (open: OpenConfigLoader, onFile: (file: string) => void): OpenConfigLoader =>
  (options) => {
    const loader = open(options)
    return {
      ...loader,
      load: async (request) => {
        const loaded = await loader.load(request)
        if (loaded.ok) for (const file of loaded.files) onFile(file)
        return loaded
      },
    }
  }
