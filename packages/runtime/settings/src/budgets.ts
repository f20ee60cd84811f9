import { type Amount, type Budget, type BudgetDefinition, onExceededModes, type PlannedCalls } from '@sluice/author'
import { configErrors, notFound, type SluiceError } from '@sluice/core'
import { listed, projectOf } from './lookup.ts'
import { budgetKey } from './project-settings.ts'
import type { Settings } from './settings.ts'

/** The budgets of a project with their values. @throws as `resolveBudget` */
export const resolveBudgets = (settings: Settings, project: string): readonly Budget[] =>
  Object.keys(projectOf(settings, project).project.budgets).map((name) => resolveBudget(settings, project, name))

/**
 * A budget of a project with its values.
 * @throws `not_found` when it is not declared; `config.missing` and `config.invalid` with the variable to set
 */
export function resolveBudget(settings: Settings, project: string, name: string): Budget {
  const { budgets } = projectOf(settings, project).project
  const definition = budgets[name]
  if (definition === undefined) {
    throw notFound(`project ${project} declares no budget "${name}"`, {
      facts: { project, name },
      next: `Declare it under budgets in the project's sluice.config.ts; declared are ${listed(Object.keys(budgets))}.`,
    })
  }
  const setting = (part: string) => settings.values.find(({ key }) => key === budgetKey(project, name, part))
  const number = (value: Amount, part: string, least = 0): number => {
    const given = typeof value === 'number' ? value : setting(part)?.value
    if (typeof given === 'number' && given >= least) return given
    if (typeof given === 'string' && /^\d{1,12}$/.test(given) && Number(given) >= least) return Number(given)
    throw amiss(settings, { budget: name, part, given, expected: `a whole number of at least ${least}`, variable: setting(part)?.env })
  }
  const mode = (value: BudgetDefinition['onExceeded']): Budget['onExceeded'] => {
    const given = typeof value === 'string' ? value : setting('onExceeded')?.value
    const found = onExceededModes.find((each) => each === given)
    if (found !== undefined) return found
    throw amiss(settings, {
      budget: name,
      part: 'onExceeded',
      given,
      expected: onExceededModes.join(', '),
      variable: setting('onExceeded')?.env,
    })
  }
  const calls = (planned: readonly PlannedCalls<Amount>[], at: string): readonly PlannedCalls[] =>
    planned.map((each, index) =>
      'items' in each
        ? {
            items: number(each.items, `${at}.${index}.items`, 1),
            itemsPerCall: each.itemsPerCall,
            bytesPerItem: number(each.bytesPerItem, `${at}.${index}.bytesPerItem`),
          }
        : { calls: each.calls, bytesPerCall: number(each.bytesPerCall, `${at}.${index}.bytesPerCall`) },
    )
  return {
    name,
    connection: definition.connection,
    creditsPerMonth: number(definition.creditsPerMonth, 'creditsPerMonth'),
    tariff: {
      perCall: number(definition.tariff.perCall, 'tariff.perCall'),
      bytesPerCredit: number(definition.tariff.bytesPerCredit, 'tariff.bytesPerCredit', 1),
    },
    reserve: definition.reserve,
    onExceeded: mode(definition.onExceeded),
    uses: definition.uses.map(({ pipeline, perRun, degraded }, at) => ({
      pipeline,
      perRun: calls(perRun, `uses.${at}.perRun`),
      ...(degraded === undefined ? {} : { degraded: calls(degraded, `uses.${at}.degraded`) }),
    })),
  }
}

function amiss(
  { root }: Settings,
  of: {
    readonly budget: string
    readonly part: string
    readonly given: unknown
    readonly expected: string
    readonly variable: string | undefined
  },
): SluiceError {
  const what = `budget "${of.budget}": ${of.part}`
  const facts = { budget: of.budget, part: of.part, variable: of.variable }
  const next = `Set ${of.variable ?? of.part} to ${of.expected}, in the environment or in ${root}/.env.`
  return of.given === undefined || of.given === null
    ? configErrors.missing(`${what} has no value: ${of.variable ?? of.part} is not set`, { facts, next })
    : configErrors.invalid(`${what}: expected ${of.expected}, found ${JSON.stringify(of.given)}`, { facts, next })
}
