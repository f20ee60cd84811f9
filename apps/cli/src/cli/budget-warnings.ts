import { toErrorRecord } from '@sluice/core'
import type { Client } from '@sluice/serve/client'

/**
 * A line for each budget whose schedules do not fit it; with a pipeline, only of those it spends. A budget that cannot be planned does not stop
 * anybody.
 */
export async function budgetWarnings(api: Client, project: string, pipeline?: string): Promise<readonly string[]> {
  try {
    const { items } = await api.budgets.plan({ params: { project } })
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
