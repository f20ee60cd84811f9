import { type Budget, creditsOfCalls } from '@sluice/author'
import type { Instant, SpentCredits } from '@sluice/core'
import { monthOf } from '../month.ts'
import type { BudgetPipeline } from '../plan.ts'
import { runsLeft } from '../status.ts'

/** A budget of the project and where it stands. */
export interface BudgetAccount {
  readonly budget: Budget
  /** Credits of the month of `now`, and what the runs of its pipelines still to come in it need at least. */
  stand(): Promise<{ readonly now: Instant; readonly spent: number; readonly needed: number }>
}

/** What is known of the runs of a project: what they spent, and when the next ones are due. */
export interface Spending {
  credits(month: { readonly since: Instant; readonly until: Instant }): Promise<readonly SpentCredits[]>
  pipelines(): Promise<readonly (BudgetPipeline & { readonly paused: boolean })[]>
}

/** Credits are spent when they are asked for: the month is that of the clock, in a backfill too. */
export const accountOf = (budget: Budget, spending: Spending, now: () => Instant = Date.now): BudgetAccount => ({
  budget,
  stand: async () => {
    const at = now()
    const { start: since, end: until } = monthOf(at)
    const rows = await spending.credits({ since, until })
    const own = rows.filter(({ pipeline }) => budget.uses.some((use) => use.pipeline === pipeline))
    const spent = own.reduce((sum, { credits }) => sum + credits, 0)
    return { now: at, spent, needed: budget.onExceeded === 'degrade' ? neededBy(budget, await spending.pipelines(), at) : 0 }
  },
})

/** Credits without which the runs still scheduled this month could not be had even degraded. */
const neededBy = ({ uses, tariff }: Budget, pipelines: Awaited<ReturnType<Spending['pipelines']>>, now: Instant): number =>
  uses.reduce((sum, use) => sum + runsLeft(pipelines, use.pipeline, now) * creditsOfCalls(tariff, use.degraded ?? use.perRun), 0)
