import { toErrorRecord } from '@sluice/core'
import type { Calls } from '../../endpoint/contract.ts'
import { planBudgets } from './plan.ts'

/**
 * A line for each budget whose schedules do not fit it. With a pipeline, only the budgets which that pipeline spends count. A budget that
 * cannot be planned is one more warning, and not an error.
 */
export async function budgetWarnings(call: Calls['call'], project: string, pipeline?: string): Promise<readonly string[]> {
  try {
    const { items } = await call(planBudgets, { params: { project } })
    return items
      .filter(({ fits, uses }) => !fits && uses.some((use) => pipeline === undefined || use.pipeline === pipeline))
      .map(
        ({ budget, credits, spendable }) =>
          `warning: budget ${budget}: ${credits.toLocaleString('en-US')} credits a month do not fit ${spendable.toLocaleString('en-US')}; ` +
          `see what fits with "sluice budget plan ${project}"`,
      )
  } catch (error) {
    return [`warning: the budgets of ${project} cannot be planned: ${toErrorRecord(error).message}`]
  }
}
