import { type Budget, creditsOfCalls } from '@sluice/author'
import { monthOf, runsLeft } from '@sluice/budget'
import type { Instant } from '@sluice/core'
import type { ProjectServices } from '@sluice/engine'
import { listPipelines, sumCredits } from '@sluice/engine'
import { openPool, type Pool } from '@sluice/postgres'
import { once } from '@sluice/process'
import { resolveBudget, type Settings } from '@sluice/settings'

export interface BudgetsOptions {
  readonly settings: Settings
  readonly project: string
  /** Of the metadata database, whose ledger knows what is spent. Connected to at the first question. Empty in a rehearsal, which has spent nothing. */
  readonly databaseUrl: string
  readonly now?: () => Instant
}

/** The accounts of a project's budgets over the ledger. Credits are spent when they are asked for: the month is that of the clock, in a backfill too. */
export function openBudgets({ settings, project, databaseUrl, now = Date.now }: BudgetsOptions): Pick<ProjectServices, 'budget' | 'close'> {
  const pool = once(async () => openPool(databaseUrl, { max: 1, applicationName: 'sluice budget' }))
  return {
    budget: (name) => {
      const budget = resolveBudget(settings, project, name)
      return {
        budget,
        stand: async () => {
          if (databaseUrl === '') return { now: now(), spent: 0, needed: 0 }
          const [db, at] = [await pool(), now()]
          const rows = await sumCredits(db, { project, since: monthOf(at).start, until: monthOf(at).end })
          const own = rows.filter(({ pipeline }) => budget.uses.some((use) => use.pipeline === pipeline))
          const spent = own.reduce((sum, { credits }) => sum + credits, 0)
          return { now: at, spent, needed: budget.onExceeded === 'degrade' ? await neededBy(db, budget, project, at) : 0 }
        },
      }
    },
    close: async () => {
      await (await pool.begun())?.end()
    },
  }
}

/** Credits without which the runs still scheduled this month could not be had even degraded. */
async function neededBy(db: Pool, { uses, tariff }: Budget, project: string, now: Instant): Promise<number> {
  const pipelines = (await listPipelines(db, project)).map(({ spec, ...rest }) => ({ ...rest, schedule: spec.schedule }))
  return uses.reduce((sum, use) => sum + runsLeft(pipelines, use.pipeline, now) * creditsOfCalls(tariff, use.degraded ?? use.perRun), 0)
}
