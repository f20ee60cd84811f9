import type { Admission, Calls, CreditTariff, PlannedCalls } from '@sluice/author'

export interface TaskBudget {
  /** For the client that counts the credits of what it lands. */
  readonly tariff: CreditTariff
  /**
   * Asks before calls are made: those given, or what the budget says of a run of this pipeline. Looks at the receipts of the month and at
   * what this attempt has landed. Asked inside the pages of a landing, a replay, which calls nobody, is never refused.
   * @throws `source.budget` when the budget refuses.
   */
  admit(planned?: Calls | readonly PlannedCalls[]): Promise<Admission>
}

export interface BudgetContext {
  /** @throws `not_found` when the project declares no such budget. */
  budget(name: string): TaskBudget
}
