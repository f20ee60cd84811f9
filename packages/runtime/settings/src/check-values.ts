import type { ConnectionDefinition } from '@sluice/author'
import { configErrors } from '@sluice/core'
import { resolveBudgets } from './budgets.ts'
import { withoutPassword } from './explain.ts'
import type { Settings } from './settings.ts'

/**
 * Checks the values that projects take from outside: numbers of budgets, URLs of connections. A value that is not set is not a fault here:
 * whatever needs it reports that.
 * @throws `config.invalid` with the variable, where its value comes from and what is expected; never with the value of a secret
 */
export function checkValues(settings: Settings): void {
  for (const { key, value, env, where, secret } of settings.values) {
    if (!/\.connections\..+\.url$/.test(key) || value === null) continue
    const { schemes, called } = urlsOf[typeOf(settings, key)]
    const url = URL.parse(String(value))
    if (url !== null && schemes.includes(url.protocol)) continue
    throw configErrors.invalid(
      `${where ?? env}: ${key}: expected ${called}${secret ? '' : `, found ${JSON.stringify(withoutPassword(value))}`}`,
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

const urlsOf: Readonly<Record<ConnectionDefinition['type'], { readonly schemes: readonly string[]; readonly called: string }>> = {
  http: { schemes: ['http:', 'https:'], called: 'an http or https URL' },
  postgres: { schemes: ['postgres:', 'postgresql:'], called: 'a URL such as postgres://user:password@host:5432/database' },
}

function typeOf({ projects }: Settings, key: string): ConnectionDefinition['type'] {
  const [project, name = ''] = /^(.+?)\.connections\.(.+)\.url$/.exec(key)?.slice(1) ?? []
  return projects.find((each) => each.project.name === project)?.project.connections[name]?.type ?? 'http'
}
