import type { Spending } from '@sluice/budget/capability'
import { openPool } from '@sluice/postgres'
import { once } from '@sluice/process'

export interface SpendingOptions {
  readonly project: string
  /** Of the metadata database. It is connected to at the first question. Empty in a rehearsal, which has spent nothing. */
  readonly databaseUrl: string
}

/** What the ledger knows of the runs of a project. */
export function spendingOf({ project, databaseUrl }: SpendingOptions): Spending & { close(): Promise<void> } {
  const pool = once(async () => openPool(databaseUrl, { max: 1, applicationName: 'sluice budget' }))
  return {
    credits: async (month) => {
      if (databaseUrl === '') return []
      const { sumCredits } = await import('@sluice/engine')
      return await sumCredits(await pool(), { project, ...month })
    },
    pipelines: async () => {
      if (databaseUrl === '') return []
      const { schedulesOf } = await import('@sluice/engine')
      return await schedulesOf(await pool(), project)
    },
    close: async () => {
      await (await pool.begun())?.end()
    },
  }
}
