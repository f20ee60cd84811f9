import type { BudgetStatus } from '@sluice/budget'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { fields, table } from '../../format/table.ts'
import { count, moment } from '../../format/words.ts'
import { budgetStatus } from '../../schemas/budgets.ts'
import { onePage, pageOf } from '../../schemas/values.ts'
import { projectOf } from '../config/project-of.ts'
import { namedProject } from '../scope.ts'
import { budgetProject, noBudget } from './project.ts'

export const listBudgets = endpoint({
  name: 'budgets.status',
  method: 'get',
  path: '/budgets/{project}/status',
  right: 'viewer',
  scope: namedProject,
  summary: 'Credits spent this month, counted from the receipts, and whether they will last',
  params: z.object(budgetProject),
  answer: pageOf(budgetStatus),
  handle: async ({ budgets }, { params }) => onePage(await budgets.status(params.project)),
  terminal: {
    path: 'budget status',
    args: [{ field: 'project', optional: true }],
    examples: ['sluice budget status crypto-coincap', 'sluice budget status --json'],
    input: async (terminal, line) => ({ params: { project: await projectOf(terminal, line) } }),
    show: ({ items }, { input: { params } }) =>
      items.length === 0 ? noBudget(params.project) : items.map((each) => statusText(params.project, each)).join('\n\n'),
  },
})

const statusText = (project: string, each: BudgetStatus): string =>
  [
    fields([
      ['budget', `${each.budget} (connection ${each.connection})`],
      ['month', `${each.month}, renews ${moment(each.renewsAt)}, ${each.daysLeft} ${each.daysLeft === 1 ? 'day' : 'days'} left`],
      ['spent', `${count(each.spent)} of ${count(each.spendable)}, ${count(each.remaining)} left`],
      ['projected', `${count(each.projected)} at the end of the month`],
      ['when exceeded', each.onExceeded],
    ]),
    '',
    table(
      each.byPipeline,
      [
        { title: 'PIPELINE', of: ({ pipeline }) => pipeline },
        { title: 'CREDITS', of: ({ credits }) => count(credits), align: 'right' },
        { title: 'BATCHES', of: ({ batches }) => count(batches), align: 'right' },
        { title: 'A RUN, PLANNED', of: ({ creditsPerRun }) => count(creditsPerRun), align: 'right' },
        { title: 'SEEN', of: ({ creditsPerRunSeen: seen }) => (seen === null ? '-' : count(Math.round(seen * 10) / 10)), align: 'right' },
        { title: 'RUNS TO COME', of: ({ runsLeft }) => count(runsLeft), align: 'right' },
      ],
      'Nothing spends it.',
    ),
    '',
    table(
      each.byDay,
      [
        { title: 'DAY', of: ({ day }) => day },
        { title: 'CREDITS', of: ({ credits }) => count(credits), align: 'right' },
      ],
      'Nothing was spent this month.',
    ),
    '',
    verdict(project, each),
  ].join('\n')

const verdict = (project: string, { budget, lasts, projected, spendable }: BudgetStatus): string =>
  lasts
    ? `Budget ${budget} lasts to the end of the month.`
    : `Budget ${budget} will be ${count(projected - spendable)} credits short at the end of the month: see "sluice budget plan ${project}".`
