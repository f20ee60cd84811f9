import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { acquireServer } from '@sluice/postgres'

/** Ends the embedded PostgreSQL of a state directory, whoever uses it: one that outlived its users too. */
export async function stopEmbedded(stateDir: string): Promise<void> {
  const dir = join(stateDir, 'postgres')
  const running = await stat(join(dir, 'data', 'postmaster.pid')).catch(() => undefined)
  if (running === undefined) return
  const server = await acquireServer({ dir })
  await server.stop()
}
