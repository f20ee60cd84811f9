import type { OnExceeded } from '@sluice/author'
import type { BudgetPlan, BudgetStatus } from '@sluice/budget'
import { z } from 'zod'
import { instant, oneOf } from './values.ts'

const mode = oneOf<OnExceeded>({ refuse: 'refuse', degrade: 'degrade', warn: 'warn' })
const months = z.object({ thirtyDays: z.number(), thisMonth: z.number() })
const fit = {
  credits: z.number().meta({ description: 'Of the whole budget over 30 days or this calendar month, whichever is more.' }),
  fits: z.boolean(),
  margin: z.number().meta({ description: 'Share of the credits that is left; negative when they do not suffice.' }),
}

export interface BudgetPlanAnswer extends BudgetPlan {
  readonly verdict: string
}

export const budgetPlan: z.ZodType<BudgetPlanAnswer> = z
  .object({
    budget: z.string(),
    connection: z.string(),
    creditsPerMonth: z.number(),
    spendable: z.number().meta({ description: 'The credits without the reserve.' }),
    onExceeded: mode,
    uses: z.array(
      z.object({
        pipeline: z.string(),
        cron: z.string().nullable().meta({ description: 'Null for a pipeline that runs by hand, which no plan can count.' }),
        items: z.number().nullable(),
        bytesPerItem: z.number().nullable().meta({ description: 'By the receipts where there are any, else by the configuration.' }),
        bytesPerItemSeen: z.number().nullable().meta({ description: 'By the receipts of the last 30 days.' }),
        creditsPerRun: z.number(),
        runs: months,
        credits: months,
      }),
    ),
    thirtyDays: z.number(),
    thisMonth: z.number(),
    ...fit,
    instead: z
      .object({
        pipeline: z.string(),
        cadences: z.array(z.object({ every: z.string(), ...fit, mostItems: z.number().int().nullable() })),
        items: z.array(z.object({ items: z.number().int(), ...fit })),
      })
      .nullable()
      .meta({ description: 'What the costliest pipeline could do instead, the others as they are.' }),
    verdict: z.string(),
  })
  .meta({ id: 'BudgetPlan' })

export const budgetStatus: z.ZodType<BudgetStatus> = z
  .object({
    budget: z.string(),
    connection: z.string(),
    month: z.string(),
    renewsAt: instant,
    daysLeft: z.number().int(),
    creditsPerMonth: z.number(),
    spendable: z.number(),
    onExceeded: mode,
    spent: z.number().meta({ description: 'By the receipts of the month, UTC.' }),
    remaining: z.number(),
    projected: z.number().meta({ description: 'Spent, and what the runs still scheduled this month will spend.' }),
    lasts: z.boolean(),
    byPipeline: z.array(
      z.object({
        pipeline: z.string(),
        credits: z.number(),
        batches: z.number().int(),
        runsLeft: z.number().int(),
        creditsPerRun: z.number().meta({ description: 'By the configuration.' }),
        creditsPerRunSeen: z.number().nullable().meta({ description: 'By the receipts of the month; the runs to come are counted by it.' }),
      }),
    ),
    byDay: z.array(z.object({ day: z.string(), credits: z.number() })),
  })
  .meta({ id: 'BudgetStatus' })
