import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { acquireServer } from '@sluice/postgres'

/** Stops the embedded PostgreSQL of a state directory, also when other processes use it or all its users have gone. */
export async function stopEmbedded(stateDir: string): Promise<void> {
  const dir = join(stateDir, 'postgres')
  const running = await stat(join(dir, 'data', 'postmaster.pid')).catch(() => undefined)
  if (running === undefined) return
  const server = await acquireServer({ dir })
  await server.stop()
}
