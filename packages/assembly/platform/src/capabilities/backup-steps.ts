import { setTimeout as delay } from 'node:timers/promises'
import type { Attempt, Capability } from '@sluice/author'
import type { Json } from '@sluice/core'
import { openPool } from '@sluice/postgres'
import { once } from '@sluice/process'
import { errorOf } from '../error-of.ts'

const lookMs = 500

/**
 * Backups as steps: a worker, which has neither the rights nor the key that a backup takes, asks for one and waits.
 * @param databaseUrl of the metadata database. Empty in a rehearsal, which saves nothing.
 */
export function backupSteps(databaseUrl: string): Capability {
  const pool = once(async () => openPool(databaseUrl, { max: 1, applicationName: 'sluice backup step' }))
  return {
    name: 'backup',
    steps: {
      backup: async ({ run, task, signal, log }: Attempt): Promise<Json> => {
        if (databaseUrl === '') {
          log.info('nothing is saved here: a backup is made where the platform runs')
          return { id: '', rows: 0, bytes: 0, removed: [] }
        }
        const { askBackup } = await import('@sluice/engine')
        for (;;) {
          const { ended, result, error } = await askBackup(await pool(), { run: run.id, task: task.name })
          if (error !== null) throw errorOf(error)
          if (ended) {
            const { leftOut = [], ...saved } = result as { readonly leftOut?: readonly string[] } & Readonly<Record<string, Json>>
            log.info(`saved ${String(saved.id)}`, saved)
            for (const each of leftOut) log.warn(`not in it: ${each}`)
            return saved
          }
          await delay(lookMs, undefined, { signal })
        }
      },
    },
    close: async () => {
      await (await pool.begun())?.end()
    },
  }
}
