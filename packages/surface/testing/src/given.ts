import type { Budget, Capability, Connection, DatabaseConnection } from '@sluice/author'
import { type BudgetCapability, budgetCapability } from '@sluice/budget/capability'
import { configErrors, type Instant } from '@sluice/core'
import type { SettingsContext } from '@sluice/settings/capability'

/** What the configuration of a project gives outside of tests. */
export interface GivenSettings {
  /** Of a database its URL alone. */
  readonly connections?: Readonly<Record<string, Omit<Connection, 'name' | 'type' | 'token'> & Partial<Pick<Connection, 'token'>>>>
  readonly variables?: Readonly<Record<string, string>>
  readonly secrets?: Readonly<Record<string, string>>
}

/** A budget as a test gives it. */
export interface WorldBudget extends Omit<Budget, 'name'> {
  /** Credits. A function is called at each admission. Default 0. */
  readonly spent?: number | (() => number)
  readonly needed?: number
  readonly now?: Instant
}

export const givenConnection = ({ connections = {} }: GivenSettings, name: string): Connection => ({
  ...{ name, type: 'http', token: undefined },
  ...given('connection', connections, name),
})

export const givenDatabase = ({ connections = {} }: GivenSettings, name: string): DatabaseConnection => ({
  name,
  type: 'postgres',
  url: given('connection', connections, name).url,
})

export const givenVariable = ({ variables = {} }: GivenSettings, name: string): string => given('variable', variables, name)

export const givenSettings = ({ connections, variables = {}, secrets = {} }: GivenSettings): Capability<SettingsContext> => ({
  name: 'settings',
  context: () => ({
    connection: (name) => givenConnection(connections === undefined ? {} : { connections }, name),
    variable: (name) => givenVariable({ variables }, name),
    secret: (name) => given('secret', secrets, name),
  }),
})

/** Waits between requests pass at once: the clock that limits count by goes on as if they had been waited out. */
export function skippingWaits() {
  let skippedMs = 0
  const now = (): number => Date.now() + skippedMs
  const sleep = async (ms: number): Promise<void> => {
    skippedMs += ms
  }
  return { now, sleep }
}

export const givenBudgets = (budgets: Readonly<Record<string, WorldBudget>> = {}): BudgetCapability =>
  budgetCapability({
    account: (name) => {
      const { spent = 0, needed = 0, now = Date.now(), ...budget } = given('budget', budgets, name)
      return { budget: { name, ...budget }, stand: async () => ({ now, needed, spent: typeof spent === 'function' ? spent() : spent }) }
    },
  })

function given<T>(what: string, values: Readonly<Record<string, T>>, name: string): T {
  const value = values[name]
  if (value !== undefined) return value
  throw configErrors.missing(`the test world has no ${what} "${name}"`, { next: `Give it to testWorld under ${what}s.` })
}
