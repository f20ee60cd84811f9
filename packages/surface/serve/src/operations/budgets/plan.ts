import { verdictOf } from '@sluice/budget'
import { given } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { fields, table } from '../../format/table.ts'
import { count, percent } from '../../format/words.ts'
import { type BudgetPlanAnswer, budgetPlan } from '../../schemas/budgets.ts'
import { onePage, pageOf } from '../../schemas/values.ts'
import { projectOf } from '../config/project-of.ts'
import { namedProject } from '../scope.ts'
import { budgetProject, noBudget } from './project.ts'

export const planBudgets = endpoint({
  name: 'budgets.plan',
  method: 'get',
  path: '/budgets/{project}/plan',
  right: 'viewer',
  scope: namedProject,
  summary: 'Credits that the schedules spend in a month, whether the account has them, and which cadence would fit',
  params: z.object(budgetProject),
  query: z.object({
    every: z.string().min(1).optional().describe('as if its pipelines ran this often: 30m, 2h, 1d'),
    items: z.coerce.number().int().min(1).optional().describe('as if each run fetched this many items'),
  }),
  answer: pageOf(budgetPlan),
  handle: async ({ budgets }, { params, query }) =>
    onePage((await budgets.plan(params.project, given(query))).map((plan) => ({ ...plan, verdict: verdictOf(plan) }))),
  terminal: {
    path: 'budget plan',
    args: [{ field: 'project', optional: true }],
    change: { every: { flags: '--every <duration>' }, items: { flags: '--assets <n>' } },
    examples: [
      'sluice budget plan crypto-coincap',
      'sluice budget plan crypto-coincap --every 2h --assets 10',
      'sluice budget plan --json',
    ],
    input: async (terminal, line) => ({ params: { project: await projectOf(terminal, line) } }),
    show: ({ items }, { input }) => (items.length === 0 ? noBudget(input.params.project) : items.map(planText).join('\n\n')),
  },
})

const fit = (fits: boolean): string => (fits ? 'yes' : 'no')

function planText(plan: BudgetPlanAnswer): string {
  const { instead } = plan
  const spendable = plan.spendable === plan.creditsPerMonth ? '' : `, ${count(plan.spendable)} without the reserve`
  return [
    fields([
      ['budget', `${plan.budget} (connection ${plan.connection})`],
      ['credits', `${count(plan.creditsPerMonth)} a month${spendable}`],
      ['when exceeded', plan.onExceeded],
    ]),
    '',
    table(
      plan.uses,
      [
        { title: 'PIPELINE', of: ({ pipeline }) => pipeline },
        { title: 'SCHEDULE', of: ({ cron }) => cron ?? 'by hand' },
        { title: 'ITEMS', of: ({ items }) => count(items), align: 'right' },
        {
          title: 'BYTES AN ITEM',
          of: ({ bytesPerItem, bytesPerItemSeen }) =>
            bytesPerItem === null ? '' : `${count(bytesPerItem)} ${bytesPerItemSeen === null ? '(set)' : '(seen)'}`,
          align: 'right',
        },
        { title: 'CREDITS A RUN', of: ({ creditsPerRun }) => count(creditsPerRun), align: 'right' },
        { title: 'RUNS IN 30 DAYS', of: ({ runs }) => count(runs.thirtyDays), align: 'right' },
        { title: 'CREDITS IN 30 DAYS', of: ({ credits }) => count(credits.thirtyDays), align: 'right' },
        { title: 'THIS MONTH', of: ({ credits }) => count(credits.thisMonth), align: 'right' },
      ],
      'Nothing spends it.',
    ),
    ...(instead === null ? [] : alternatives(instead)),
    '',
    plan.verdict,
  ].join('\n')
}

function alternatives({ pipeline, cadences, items }: NonNullable<BudgetPlanAnswer['instead']>): readonly string[] {
  const slower = table(
    cadences,
    [
      { title: `${pipeline.toUpperCase()} EVERY`, of: ({ every }) => every },
      { title: 'CREDITS', of: ({ credits }) => count(credits), align: 'right' },
      { title: 'MARGIN', of: ({ margin }) => percent(margin), align: 'right' },
      { title: 'FITS', of: ({ fits }) => fit(fits) },
      { title: 'AT MOST ITEMS', of: ({ mostItems }) => count(mostItems), align: 'right' },
    ],
    '',
  )
  if (items.length === 0) return ['', slower]
  const fewer = table(
    items,
    [
      { title: 'ITEMS', of: (each) => count(each.items), align: 'right' },
      { title: 'CREDITS', of: ({ credits }) => count(credits), align: 'right' },
      { title: 'MARGIN', of: ({ margin }) => percent(margin), align: 'right' },
      { title: 'FITS', of: ({ fits }) => fit(fits) },
    ],
    '',
  )
  return ['', slower, '', fewer]
}
