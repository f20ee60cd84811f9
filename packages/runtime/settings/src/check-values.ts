import { configErrors } from '@sluice/core'
import { resolveBudgets } from './budgets.ts'
import type { Settings } from './settings.ts'

/**
 * Checks the values that projects take from outside: numbers of budgets, URLs of connections. A value that is not set is not a fault here:
 * whatever needs it reports that.
 * @throws `config.invalid` with the variable, where its value comes from and what is expected; never with the value of a secret
 */
export function checkValues(settings: Settings): void {
  for (const { key, value, env, where, secret } of settings.values) {
    if (!/\.connections\..+\.url$/.test(key) || value === null) continue
    const url = URL.parse(String(value))
    if (url !== null && /^https?:$/.test(url.protocol)) continue
    throw configErrors.invalid(
      `${where ?? env}: ${key}: expected an http or https URL${secret ? '' : `, found ${JSON.stringify(value)}`}`,
      {
        facts: { key, variable: env },
        next: `Correct ${env}; "sluice config explain ${env}" shows where it comes from.`,
      },
    )
  }
  for (const { project } of settings.projects) {
    try {
      resolveBudgets(settings, project.name)
    } catch (error) {
      if (!configErrors.missing.is(error)) throw error
    }
  }
}
