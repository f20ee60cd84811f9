import { readFileSync } from 'node:fs'
import { environmentSecrets, passwordsIn, type Settings, secretValues, secretVariables } from '@sluice/settings'
import { stateSecrets } from './state/state-secrets.ts'

/** All that must not appear in logs, records, messages and answers, as far as this process can know it. */
export const secretsOf = (of: Pick<Settings, 'values' | 'stateDir'> & { readonly urls?: readonly string[] }): readonly string[] => [
  ...new Set([
    ...secretValues(of),
    ...environmentSecrets(process.env),
    ...stateSecrets(of.stateDir),
    ...passwordsIn(of.urls ?? []),
    ...googleKey(),
  ]),
]

/**
 * What is left of an environment without the variables that hold a secret of the platform or of a project: for processes that run code of
 * projects.
 */
export function withoutSecrets(environment: Environment, settings: Pick<Settings, 'values'>): Environment {
  const secret = new Set(secretVariables(settings))
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !secret.has(name)))
}

type Environment = Readonly<Record<string, string | undefined>>

/** The private key in the file that Google's libraries are pointed at. */
function googleKey(): readonly string[] {
  const { GOOGLE_APPLICATION_CREDENTIALS: file } = process.env
  if (file === undefined || file === '') return []
  try {
    const { private_key: key } = JSON.parse(readFileSync(file, 'utf8')) as { readonly private_key?: unknown }
    return typeof key === 'string' ? [key] : []
  } catch {
    return []
  }
}
