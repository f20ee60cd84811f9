import { configErrors } from '@sluice/core'
import { resolveBudgets } from './budgets.ts'
import type { Settings } from './settings.ts'

/**
 * Whether the values that the projects take from outside are what their use needs: whole numbers of a budget, URLs of connections. Values
 * that nobody set are no fault here: what needs them says so.
 * @throws `config.invalid` naming the variable, where its value comes from and what is expected; never the value of a secret.
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
