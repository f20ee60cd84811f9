import type { Logger, TaskBudget } from '@sluice/author'
import { admit } from '@sluice/budget'
import type { BudgetAccount } from './services.ts'

/** The guard of a budget as a task sees it. `landed` are the credits of this attempt, which no ledger holds before it has ended. */
export const taskBudget = (
  { budget, stand }: BudgetAccount,
  of: { readonly pipeline: string; readonly landed: () => number; readonly log: Logger },
): TaskBudget => ({
  tariff: budget.tariff,
  admit: async (planned) => {
    const { now, spent, needed } = await stand()
    const calls = planned === undefined || 'length' in planned ? planned : [planned]
    const { pipeline, log } = of
    const admission = admit({ budget, pipeline, planned: calls, spent: spent + of.landed(), needed, now })
    const facts = { budget: budget.name, spent: admission.spent, cost: admission.cost, spendable: admission.spendable }
    if (admission.warning === null) log.debug(`budget ${budget.name} admits the calls`, facts)
    else log.warn(admission.warning, facts)
    return admission
  },
})
