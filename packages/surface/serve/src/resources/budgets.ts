import { z } from '@hono/zod-openapi'
import { verdictOf } from '@sluice/budget'
import { given } from '@sluice/core'
import { endpoint } from '../endpoint.ts'
import { budgetPlan, budgetStatus } from '../schemas/budgets.ts'
import { onePage, pageOf } from '../schemas/values.ts'

const tag = 'budgets'
const params = z.object({ project: z.string() })

export const planBudgets = endpoint({
  method: 'get',
  path: '/budgets/{project}/plan',
  tag,
  summary: 'What the budgets of a project spend by the schedules of its pipelines, whether that fits, and what would',
  params,
  query: z.object({
    every: z.string().min(1).optional().openapi({ description: 'What if they ran every so often: 30m, 2h, 1d.' }),
    items: z.coerce.number().int().min(1).optional().openapi({ description: 'What if a run fetched so many items.' }),
  }),
  answer: pageOf(budgetPlan),
  handle: async ({ budgets }, { params, query }) =>
    onePage((await budgets.plan(params.project, given(query))).map((plan) => ({ ...plan, verdict: verdictOf(plan) }))),
})

export const listBudgets = endpoint({
  method: 'get',
  path: '/budgets/{project}/status',
  tag,
  summary: 'What the budgets of a project have spent this month by the receipts, and how far they will last',
  params,
  answer: pageOf(budgetStatus),
  handle: async ({ budgets }, { params }) => onePage(await budgets.status(params.project)),
})
