import { type Admission, type Budget, creditsOfCalls, type PlannedCalls, spendable } from '@sluice/author'
import { definitionErrors, formatInstant, type Instant, type SluiceError, unreachable } from '@sluice/core'
import { budgetErrors } from './errors.ts'
import { monthOf } from './month.ts'

export interface AdmissionFacts {
  readonly budget: Budget
  readonly pipeline: string
  /** Instead of what the budget says of a run of the pipeline. */
  readonly planned: readonly PlannedCalls[] | undefined
  /** Credits of the month so far. */
  readonly spent: number
  /** What the runs that are still to come this month need at least: their degraded calls, or else their full ones. */
  readonly needed: number
  readonly now: Instant
}

/**
 * Whether calls may be made. `refuse`: while they fit what is left of the month. `degrade`: in full while the rest of the month's runs can
 * be had at least degraded, then degraded while that fits, then not at all. `warn`: always.
 * @throws `source.budget` with what is spent, the limit, the day it renews and the way out; `definition.invalid` when nobody says what the
 * calls are.
 */
export function admit({ budget, pipeline, planned, spent, needed, now }: AdmissionFacts): Admission {
  const use = budget.uses.find((each) => each.pipeline === pipeline)
  const calls = planned ?? use?.perRun
  if (calls === undefined) {
    throw definitionErrors.invalid(`budget ${budget.name} does not say what a run of ${pipeline} calls`, {
      facts: { budget: budget.name, pipeline },
      next: `Add { pipeline: '${pipeline}', perRun: [...] } to uses of the budget in the project's sluice.config.ts.`,
    })
  }
  const limit = spendable(budget)
  const full = creditsOfCalls(budget.tariff, calls)
  const answer = (cost: number, degraded: boolean, warning: string | null): Admission => ({
    degraded,
    spent,
    cost,
    spendable: limit,
    warning,
  })
  const account = `${number(spent)} of ${number(limit)} credits are spent this month`
  switch (budget.onExceeded) {
    case 'warn':
      return answer(
        full,
        false,
        spent + full <= limit ? null : `budget ${budget.name} is exceeded: ${account}, this run costs ${number(full)} more`,
      )
    case 'refuse':
      if (spent + full <= limit) return answer(full, false, null)
      throw refusal(budget, full, spent, now)
    case 'degrade': {
      if (spent + full + needed <= limit) return answer(full, false, null)
      const small = use?.degraded === undefined ? undefined : creditsOfCalls(budget.tariff, use.degraded)
      if (small !== undefined && spent + small <= limit) {
        return answer(small, true, `budget ${budget.name}: ${account}; this run is cut from ${number(full)} to ${number(small)} credits`)
      }
      if (small === undefined && spent + full <= limit) return answer(full, false, null)
      throw refusal(budget, small ?? full, spent, now)
    }
    default:
      return unreachable(budget.onExceeded)
  }
}

function refusal(budget: Budget, cost: number, spent: number, now: Instant): SluiceError {
  const limit = spendable(budget)
  const renewsAt = monthOf(now).end
  return budgetErrors.budget(
    `budget ${budget.name}: ${number(spent)} of ${number(limit)} credits are spent this month, these calls cost ${number(cost)} more; ` +
      `it renews on ${formatInstant(renewsAt).slice(0, 10)}`,
    {
      facts: { budget: budget.name, connection: budget.connection, spent, limit, cost, renewsAt },
      next: 'See "sluice budget plan PROJECT" for the cadence that fits, lengthen the schedule, fetch less, or raise the plan of the account and its setting.',
    },
  )
}

const number = (value: number): string => value.toLocaleString('en-US')
