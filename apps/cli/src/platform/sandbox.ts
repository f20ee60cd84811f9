import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPlatform, type Platform } from './platform.ts'
import { prepareStateDir, writeDemoProfile } from './state-dir.ts'
import { stopEmbedded } from './stop-embedded.ts'

/**
 * A platform that leaves nothing behind: its own PostgreSQL and lake in a temporary folder, simulators for the upstreams. The process must serve
 * nothing else: the state directory goes through the environment, so that workers see the same.
 */
export async function openSandbox(root: string, note: (text: string) => void): Promise<Platform> {
  const stateDir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  const remove = async (): Promise<void> => {
    await stopEmbedded(stateDir)
    await rm(stateDir, { recursive: true, force: true })
  }
  process.env.SLUICE_STATE_DIR = stateDir
  delete process.env.SLUICE_DATABASE_URL
  try {
    await prepareStateDir(stateDir)
    await writeDemoProfile(stateDir)
    const platform = await openPlatform({ root, note })
    return {
      ...platform,
      close: async () => {
        await platform.close()
        await remove()
      },
    }
  } catch (error) {
    await remove()
    throw error
  }
}
