import { definitionErrors, type SluiceError } from '@sluice/core'
import { anObject, optionNames, refuseOddOptions, refuseOtherList, refuseOtherWords, shown } from '../base/shape.ts'
import type { EnvValue } from './env-value.ts'

/** A number of a plan or tariff, or the setting that holds it: providers change them, and none of them is confirmed by a header. */
export type Amount = number | EnvValue

/** What calls cost: so many credits a call, and one more for each started block of so many bytes of payload. */
export interface CreditTariff {
  readonly perCall: number
  readonly bytesPerCredit: number
}

/** Credits of a call that answers so many bytes. */
export const creditsOf = (tariff: CreditTariff, bytes: number): number => tariff.perCall + Math.ceil(bytes / tariff.bytesPerCredit)

/**
 * What to do with a call that does not fit: `refuse` fails the task before the call, `degrade` lets it make its smaller calls while those
 * fit, `warn` lets it pass with a line in the log.
 */
export type OnExceeded = 'refuse' | 'degrade' | 'warn'
export const onExceededModes: readonly OnExceeded[] = ['refuse', 'degrade', 'warn']

/** Calls of a run whose number and size are known. Bytes are those of the payload as the provider counts them. */
export interface Calls<A = number> {
  readonly calls: number
  readonly bytesPerCall: A
}

/** Calls of a run that fetch so many items, page by page. */
export interface ItemCalls<A = number> {
  readonly items: A
  readonly itemsPerCall: number
  readonly bytesPerItem: A
}

export type PlannedCalls<A = number> = Calls<A> | ItemCalls<A>

/** What a run of a pipeline spends, and what it spends when it must make do with less. */
export interface BudgetUse<A = number> {
  readonly pipeline: string
  readonly perRun: readonly PlannedCalls<A>[]
  readonly degraded?: readonly PlannedCalls<A>[]
}

/**
 * A monthly allowance of credits for a connection, as declared under `budgets` in a project's configuration. Renews with the month, UTC.
 */
export interface BudgetDefinition {
  readonly connection: string
  readonly creditsPerMonth: Amount
  readonly tariff: { readonly perCall: Amount; readonly bytesPerCredit: Amount }
  /** Share of the credits that is never planned nor spent: 0.35 keeps a margin of 35 %. Below 1. */
  readonly reserve: number
  readonly onExceeded: OnExceeded | EnvValue
  readonly uses: readonly BudgetUse<Amount>[]
}

/** The same with its values resolved. */
export interface Budget {
  readonly name: string
  readonly connection: string
  readonly creditsPerMonth: number
  readonly tariff: CreditTariff
  readonly reserve: number
  readonly onExceeded: OnExceeded
  readonly uses: readonly BudgetUse[]
}

/** @throws `definition.invalid` naming what is out of range. */
export function budget(definition: Omit<BudgetDefinition, 'reserve'> & { readonly reserve?: number }): BudgetDefinition {
  refuseOddOptions('budget', definition, names)
  const { reserve = 0, uses, onExceeded } = definition
  refuseOddOptions('budget, tariff', definition.tariff, ['perCall', 'bytesPerCredit'])
  if (typeof onExceeded !== 'object') refuseOtherWords('budget', 'onExceeded', onExceeded, onExceededModes)
  refuseOtherList('budget', 'uses', uses, anObject)
  for (const use of uses) refuseOddOptions('budget, uses', use, ['pipeline', 'perRun', 'degraded'])
  if (!(reserve >= 0 && reserve < 1))
    throw invalid(`the reserve is ${reserve}`, 'Give a share of the credits from 0 up to, not including, 1.')
  const pipelines = uses.map(({ pipeline }) => pipeline)
  const twice = pipelines.find((name, at) => pipelines.indexOf(name) !== at)
  if (twice !== undefined) throw invalid(`${twice} is listed twice`, 'Put all calls of a run of a pipeline into one entry of uses.')
  for (const { perRun, degraded = [] } of uses) for (const calls of [...perRun, ...degraded]) checkCalls(calls)
  return Object.freeze({ ...definition, reserve })
}

const names = optionNames<BudgetDefinition>({
  connection: true,
  creditsPerMonth: true,
  tariff: true,
  reserve: true,
  onExceeded: true,
  uses: true,
})

function checkCalls(calls: PlannedCalls<Amount>): void {
  const [what, value] = 'items' in calls ? ['itemsPerCall', calls.itemsPerCall] : ['calls', calls.calls]
  if (!Number.isInteger(value) || Number(value) < 1) throw invalid(`${what} is ${shown(value)}`, 'Give a whole number of at least 1.')
}

const invalid = (message: string, next: string): SluiceError => definitionErrors.invalid(`a budget: ${message}`, { next })

/** Credits of planned calls; the last page of items may be a short one. */
export function creditsOfCalls(tariff: CreditTariff, planned: readonly PlannedCalls[]): number {
  return planned.reduce((sum, calls) => sum + creditsOfOne(tariff, calls), 0)
}

function creditsOfOne(tariff: CreditTariff, calls: PlannedCalls): number {
  if (!('items' in calls)) return calls.calls * creditsOf(tariff, calls.bytesPerCall)
  const { items, itemsPerCall, bytesPerItem } = calls
  const [full, rest] = [Math.floor(items / itemsPerCall), items % itemsPerCall]
  return full * creditsOf(tariff, itemsPerCall * bytesPerItem) + (rest === 0 ? 0 : creditsOf(tariff, rest * bytesPerItem))
}

/** What may be spent in a month: the credits without the reserve. */
export const spendable = ({ creditsPerMonth, reserve }: Pick<Budget, 'creditsPerMonth' | 'reserve'>): number =>
  Math.floor(creditsPerMonth * (1 - reserve))

/** What a budget answers before calls are made. */
export interface Admission {
  /** The task must make its smaller calls. */
  readonly degraded: boolean
  /** Of the month, with what this attempt has spent. */
  readonly spent: number
  /** What the calls it was admitted for cost. */
  readonly cost: number
  readonly spendable: number
  /** A sentence for the log when the budget is exceeded or the calls were cut; else `null`. */
  readonly warning: string | null
}
