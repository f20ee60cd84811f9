import { defineErrors, type Instant, permanent } from '@sluice/core'

export type ExceededBudget = {
  readonly budget: string
  readonly connection: string
  /** Credits of the month so far. */
  readonly spent: number
  readonly limit: number
  /** What the calls would cost. */
  readonly cost: number
  /** Epoch milliseconds. */
  readonly renewsAt: Instant
}

export const budgetErrors = defineErrors('source', {
  budget: permanent<ExceededBudget>({ about: 'The calls would cost more credits than the budget of the month has left.' }),
})
