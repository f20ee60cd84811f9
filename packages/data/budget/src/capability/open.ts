import type { Attempt, Capability } from '@sluice/author'
import { admit } from '../guard.ts'
import type { BudgetAccount } from './account.ts'
import type { BudgetContext, TaskBudget } from './define.ts'

export interface BudgetCapabilityOptions {
  /** @throws `not_found` when the project declares no such budget. */
  readonly account: (name: string) => BudgetAccount
  readonly close?: () => Promise<void>
}

export interface BudgetCapability extends Capability<BudgetContext> {
  /** The budgets of an attempt, for capabilities that stand on them. */
  readonly context: (attempt: Attempt) => BudgetContext
}

/** The budgets of a project. The account is asked when calls are about to be made. */
export const budgetCapability = ({ account, close }: BudgetCapabilityOptions): BudgetCapability => ({
  name: 'budget',
  context: (attempt) => ({ budget: (name) => guard(account(name), attempt) }),
  ...(close === undefined ? {} : { close }),
})

const guard = ({ budget, stand }: BudgetAccount, { run, receipts, log }: Attempt): TaskBudget => ({
  tariff: budget.tariff,
  admit: async (planned) => {
    const { now, spent, needed } = await stand()
    // No ledger holds what this attempt has landed before it has ended.
    const landed = receipts.reduce((sum, { replayed, credits }) => sum + (replayed ? 0 : credits), 0)
    const calls = planned === undefined || 'length' in planned ? planned : [planned]
    const admission = admit({ budget, pipeline: run.pipeline, planned: calls, spent: spent + landed, needed, now })
    const facts = { budget: budget.name, spent: admission.spent, cost: admission.cost, spendable: admission.spendable }
    if (admission.warning === null) log.debug(`budget ${budget.name} admits the calls`, facts)
    else log.warn(admission.warning, facts)
    return admission
  },
})
