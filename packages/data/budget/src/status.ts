import { type Budget, creditsOfCalls, spendable } from '@sluice/author'
import { countTicks, formatInstant, type Instant, type SpentCredits, sumOf } from '@sluice/core'
import { monthOf } from './month.ts'
import type { BudgetPipeline } from './plan.ts'

export interface BudgetStatus {
  readonly budget: string
  readonly connection: string
  readonly month: string
  readonly renewsAt: Instant
  /** Begun days count as whole ones. */
  readonly daysLeft: number
  readonly creditsPerMonth: number
  readonly spendable: number
  readonly onExceeded: Budget['onExceeded']
  readonly spent: number
  /** Never below 0. */
  readonly remaining: number
  /** Spent, and what the runs still scheduled this month will spend. A paused pipeline has none. */
  readonly projected: number
  readonly lasts: boolean
  readonly byPipeline: readonly {
    readonly pipeline: string
    readonly credits: number
    readonly batches: number
    readonly runsLeft: number
    /** Of a run, by the configuration. */
    readonly creditsPerRun: number
    /** Of a run, by the receipts of the month; the runs to come are counted by it. `null`: there are none yet. */
    readonly creditsPerRunSeen: number | null
  }[]
  /** Days on which something was spent, oldest first. */
  readonly byDay: readonly { readonly day: string; readonly credits: number }[]
}

/** Where a budget stands in the month of `now`. `spent` may hold other pipelines too: only those of the budget count. */
export function budgetStatus(
  budget: Budget,
  pipelines: readonly (BudgetPipeline & { readonly paused: boolean })[],
  spent: readonly SpentCredits[],
  now: Instant,
): BudgetStatus {
  const month = monthOf(now)
  const own = spent.filter(({ pipeline }) => budget.uses.some((use) => use.pipeline === pipeline))
  const byDay = new Map<string, number>()
  for (const { day, credits } of own) byDay.set(day, (byDay.get(day) ?? 0) + credits)
  const byPipeline = budget.uses.map(({ pipeline }) => {
    const rows = own.filter((row) => row.pipeline === pipeline)
    const credits = sumOf(rows, (row) => row.credits)
    const runs = sumOf(rows, (row) => row.runs)
    return {
      pipeline,
      credits,
      batches: sumOf(rows, ({ batches }) => batches),
      runsLeft: runsLeft(pipelines, pipeline, now),
      creditsPerRun: creditsOfCalls(budget.tariff, budget.uses.find((each) => each.pipeline === pipeline)?.perRun ?? []),
      creditsPerRunSeen: runs === 0 ? null : credits / runs,
    }
  })
  const total = sumOf(own, ({ credits }) => credits)
  const planned = sumOf(byPipeline, ({ runsLeft: runs, creditsPerRun, creditsPerRunSeen }) =>
    Math.round(runs * (creditsPerRunSeen ?? creditsPerRun)),
  )
  return {
    budget: budget.name,
    connection: budget.connection,
    month: formatInstant(month.start).slice(0, 7),
    renewsAt: month.end,
    daysLeft: Math.ceil((month.end - now) / 86_400_000),
    creditsPerMonth: budget.creditsPerMonth,
    spendable: spendable(budget),
    onExceeded: budget.onExceeded,
    spent: total,
    remaining: Math.max(0, spendable(budget) - total),
    projected: total + planned,
    lasts: total + planned <= spendable(budget),
    byPipeline,
    byDay: [...byDay].sort(([a], [b]) => (a < b ? -1 : 1)).map(([day, credits]) => ({ day, credits })),
  }
}

/** Ticks of a pipeline after `now` in its month; none while it is paused. */
export function runsLeft(pipelines: readonly (BudgetPipeline & { readonly paused: boolean })[], name: string, now: Instant): number {
  const found = pipelines.find((pipeline) => pipeline.name === name)
  if (found === undefined || found.schedule === null || found.paused) return 0
  return countTicks(found.schedule, { start: now + 1, end: monthOf(now).end }, found.timeZone)
}
