import { type Budget, type BudgetUse, creditsOfCalls, type ItemCalls, type PlannedCalls, spendable } from '@sluice/author'
import { countTicks, type Instant, type Interval, type Schedule, type SpentCredits } from '@sluice/core'
import { every, monthOf, thirtyDays } from './month.ts'

/** When a pipeline of a budget runs; `schedule` is `null` for one that runs only by hand. */
export interface BudgetPipeline {
  readonly name: string
  readonly schedule: Schedule | null
  readonly timeZone: string
}

export interface PlannedUse {
  readonly pipeline: string
  /** The cron it runs by; `null`: by hand, which no plan can count. */
  readonly cron: string | null
  /** Of the costliest calls that fetch items. */
  readonly items: number | null
  /** Of one item of those calls: by the receipts where there are any, else by the configuration. */
  readonly bytesPerItem: number | null
  /** By the receipts of the last 30 days; `null`: there are none yet. */
  readonly bytesPerItemSeen: number | null
  readonly creditsPerRun: number
  readonly runs: { readonly thirtyDays: number; readonly thisMonth: number }
  readonly credits: { readonly thirtyDays: number; readonly thisMonth: number }
}

/** What if: the credits of the whole budget over the longer of the two months, and how that fits. */
export interface BudgetFit {
  readonly credits: number
  readonly fits: boolean
  /** Share of the credits that is left, negative when they do not suffice. */
  readonly margin: number
}

export interface CadenceFit extends BudgetFit {
  readonly every: string
  /** The most items a run may fetch at this cadence; `null` when none fits or no items are fetched. */
  readonly mostItems: number | null
}

export interface ItemsFit extends BudgetFit {
  readonly items: number
}

export interface BudgetPlan extends BudgetFit {
  readonly budget: string
  readonly connection: string
  readonly creditsPerMonth: number
  /** Without the reserve. */
  readonly spendable: number
  readonly onExceeded: Budget['onExceeded']
  readonly uses: readonly PlannedUse[]
  /** Credits of 30 days and of the current calendar month (UTC). */
  readonly thirtyDays: number
  readonly thisMonth: number
  /** What the costliest pipeline could do instead; the others as they are. */
  readonly instead: {
    readonly pipeline: string
    readonly cadences: readonly CadenceFit[]
    readonly items: readonly ItemsFit[]
  } | null
}

export interface WhatIf {
  /** Instead of the schedule of each pipeline that has one: `'30m'`, `'2h'`, `'1d'`. */
  readonly every?: string
  /** Instead of the number of items of the costliest calls that fetch items. */
  readonly items?: number
}

const cadences = ['30m', '1h', '2h', '3h', '4h', '6h', '12h', '1d'] as const
const itemCounts = [10, 20, 50, 100, 200, 500, 1_000, 2_000] as const

/**
 * What a budget spends by the schedules of its pipelines, whether that fits, and what would. Fits means: both over 30 days and over the
 * current calendar month, the reserve untouched.
 * @param seen receipts: how large an item really is, where a run has fetched some
 */
export function planBudget(
  declared: Budget,
  pipelines: readonly BudgetPipeline[],
  now: Instant,
  whatIf: WhatIf = {},
  seen: readonly SpentCredits[] = [],
): BudgetPlan {
  const budget = { ...declared, uses: declared.uses.map((use) => measured(use, bytesPerItemOf(seen, use.pipeline))) }
  const month = monthOf(now)
  const schedules = new Map(pipelines.map((pipeline) => [pipeline.name, pipeline]))
  const runsOf = (schedule: Schedule | null, timeZone: string) =>
    schedule === null ? { thirtyDays: 0, thisMonth: 0 } : countRuns(schedule, month, timeZone)
  const plannedUse = (use: BudgetUse): PlannedUse => {
    const pipeline = schedules.get(use.pipeline)
    const given = pipeline?.schedule ?? null
    const schedule = whatIf.every === undefined || given === null ? given : every(whatIf.every)
    const perRun = whatIf.items === undefined ? use.perRun : withItems(use.perRun, whatIf.items)
    const creditsPerRun = creditsOfCalls(budget.tariff, perRun)
    const runs = runsOf(schedule, pipeline?.timeZone ?? 'UTC')
    return {
      pipeline: use.pipeline,
      cron: schedule?.cron ?? null,
      items: fetchesItems(perRun)?.items ?? null,
      bytesPerItem: fetchesItems(perRun)?.bytesPerItem ?? null,
      bytesPerItemSeen: bytesPerItemOf(seen, use.pipeline) ?? null,
      creditsPerRun,
      runs,
      credits: { thirtyDays: runs.thirtyDays * creditsPerRun, thisMonth: runs.thisMonth * creditsPerRun },
    }
  }
  const uses = budget.uses.map(plannedUse)
  const sum = (of: (use: PlannedUse) => number): number => uses.reduce((total, use) => total + of(use), 0)
  const total = { thirtyDays: sum(({ credits }) => credits.thirtyDays), thisMonth: sum(({ credits }) => credits.thisMonth) }

  const instead = () => {
    const costliest = uses.reduce<PlannedUse | undefined>(
      (most, use) => (use.cron !== null && (most === undefined || use.credits.thirtyDays > most.credits.thirtyDays) ? use : most),
      undefined,
    )
    const use = budget.uses.find(({ pipeline }) => pipeline === costliest?.pipeline)
    if (costliest === undefined || use === undefined) return null
    const timeZone = schedules.get(costliest.pipeline)?.timeZone ?? 'UTC'
    /** The whole budget, with other runs or other calls of this pipeline. */
    const budgetWith = (runs: PlannedUse['runs'], creditsPerRun: number): BudgetFit =>
      fit(budget, {
        thirtyDays: total.thirtyDays - costliest.credits.thirtyDays + runs.thirtyDays * creditsPerRun,
        thisMonth: total.thisMonth - costliest.credits.thisMonth + runs.thisMonth * creditsPerRun,
      })
    const items = costliest.items
    const costOf = (count: number): number => creditsOfCalls(budget.tariff, withItems(use.perRun, count))
    return {
      pipeline: costliest.pipeline,
      cadences: cadences.map((name) => {
        const runs = runsOf(every(name), timeZone)
        const mostItems = items === null ? null : largest(Math.max(items, 2_000), (count) => budgetWith(runs, costOf(count)).fits)
        return { every: name, ...budgetWith(runs, costliest.creditsPerRun), mostItems }
      }),
      items:
        items === null
          ? []
          : [...new Set([...itemCounts.filter((count) => count <= 2 * items), items])]
              .sort((a, b) => a - b)
              .map((count) => ({ items: count, ...budgetWith(costliest.runs, costOf(count)) })),
    }
  }

  return {
    budget: budget.name,
    connection: budget.connection,
    creditsPerMonth: budget.creditsPerMonth,
    spendable: spendable(budget),
    onExceeded: budget.onExceeded,
    uses,
    ...total,
    ...fit(budget, total),
    instead: instead(),
  }
}

/** Bytes of an answer for each row that was read of it. */
function bytesPerItemOf(seen: readonly SpentCredits[], pipeline: string): number | undefined {
  const own = seen.filter((each) => each.pipeline === pipeline)
  const items = own.reduce((sum, each) => sum + each.items, 0)
  return items === 0 ? undefined : Math.ceil(own.reduce((sum, each) => sum + each.received, 0) / items)
}

const measured = ({ pipeline, perRun }: BudgetUse, bytesPerItem: number | undefined): BudgetUse => ({
  pipeline,
  perRun: bytesPerItem === undefined ? perRun : perRun.map((calls) => ('items' in calls ? { ...calls, bytesPerItem } : calls)),
})

/** The two months begin together: what both have is counted once. */
function countRuns(schedule: Schedule, month: Interval, timeZone: string): PlannedUse['runs'] {
  const thirty = thirtyDays(month)
  const both = Math.min(month.end, thirty.end)
  const common = countTicks(schedule, { start: month.start, end: both }, timeZone)
  const rest = (end: Instant): number => (end === both ? 0 : countTicks(schedule, { start: both, end }, timeZone))
  return { thirtyDays: common + rest(thirty.end), thisMonth: common + rest(month.end) }
}

function fit(budget: Budget, months: { readonly thirtyDays: number; readonly thisMonth: number }): BudgetFit {
  const credits = Math.max(months.thirtyDays, months.thisMonth)
  return { credits, fits: credits <= spendable(budget), margin: budget.creditsPerMonth === 0 ? -1 : 1 - credits / budget.creditsPerMonth }
}

const fetchesItems = (perRun: readonly PlannedCalls[]): ItemCalls | undefined =>
  perRun.reduce<ItemCalls | undefined>(
    (most, calls) => ('items' in calls && (most === undefined || calls.items > most.items) ? calls : most),
    undefined,
  )

function withItems(perRun: readonly PlannedCalls[], items: number): readonly PlannedCalls[] {
  const most = fetchesItems(perRun)
  return perRun.map((calls) => (calls === most ? { ...most, items } : calls))
}

/** The largest whole number from 1 to `max` for which `holds`, which holds for every number below one it holds for. */
function largest(max: number, holds: (value: number) => boolean): number | null {
  let [low, high] = [0, max]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (holds(middle)) low = middle
    else high = middle - 1
  }
  return low === 0 ? null : low
}
