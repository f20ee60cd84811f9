import type { BudgetDefinition, ConnectionDefinition, EnvValue, Project } from '@sluice/author'
import { positionOfQuoted } from '@sluice/core'
import type { Demo } from './demo.ts'
import type { ConfigFile } from './read-config.ts'
import { at, type Candidate, environmentCandidates, type Setting, type Surroundings, settle } from './resolve.ts'

export const connectionKey = (project: string, name: string, part: string): string => `${project}.connections.${name}.${part}`
export const variableKey = (project: string, name: string): string => `${project}.variables.${name}`
export const budgetKey = (project: string, name: string, part: string): string => `${project}.budgets.${name}.${part}`
export const secretKey = (project: string, name: string): string => `${project}.secrets.${name}`

/**
 * Every value that a project takes from outside. In the demo the URL and the token of a simulator win over the environment: a demo must not
 * reach the real service with keys from `.env`.
 */
export function projectSettings(config: ConfigFile<Project>, surroundings: Surroundings, demo: Demo): readonly Setting[] {
  const { value: project, file, source } = config
  const setting = (key: string, value: EnvValue, first: readonly Candidate[] = [], last: readonly Candidate[] = []): Setting =>
    settle(key, value.env, value.secret, [
      ...first,
      ...environmentCandidates(value.env, surroundings),
      ...last,
      { source: 'default', where: at(file, positionOfQuoted(source, value.env)), value: value.default ?? null },
    ])

  const connections = Object.entries(project.connections).flatMap(([name, definition]) =>
    outsideValues(definition).map(([part, value]) =>
      ofConnection(setting(connectionKey(project.name, name, part), value, simulator(demo, project, name, part))),
    ),
  )
  return [
    ...connections,
    ...Object.entries(project.variables).map(([name, value]) => setting(variableKey(project.name, name), value)),
    ...Object.entries(project.secrets).map(([name, value]) => setting(secretKey(project.name, name), value)),
    ...Object.entries(project.budgets).flatMap(([name, budget]) =>
      outsideValues(budget).map(([part, value]) =>
        setting(budgetKey(project.name, name, part), value, [], part === 'onExceeded' ? unlimited(demo, project, budget) : []),
      ),
    ),
  ]
}

/** The candidate of the demo, when the connection has a simulator: its URL, and its key for whatever else the connection asks for. */
function simulator(demo: Demo, project: Project, name: string, part: string): readonly Candidate[] {
  const simulated = project.demo.simulators[name]
  if (demo === null || simulated === undefined) return []
  const value = demo.simulators[`${project.name}/${name}`]?.[part === 'url' ? 'url' : 'token'] ?? null
  return [{ source: 'demo', where: `${demo.file} (simulator ${simulated})`, value }]
}

/** The values of a definition that come from outside, by their path in it: `creditsPerMonth`, `uses.0.perRun.1.items`. */
function outsideValues(definition: BudgetDefinition | ConnectionDefinition): readonly (readonly [string, EnvValue])[] {
  const found: (readonly [string, EnvValue])[] = []
  const look = (value: unknown, at: string): void => {
    if (typeof value !== 'object' || value === null) return
    if ('env' in value) found.push([at, value as EnvValue])
    else for (const [key, inner] of Object.entries(value)) look(inner, at === '' ? key : `${at}.${key}`)
  }
  look(definition, '')
  return found
}

/** Calls to a simulator are free, so an exceeded budget only warns in the demo unless the environment sets it. */
function unlimited(demo: Demo, project: Project, { connection }: BudgetDefinition): readonly Candidate[] {
  const simulated = project.demo.simulators[connection]
  if (demo === null || simulated === undefined) return []
  return [{ source: 'demo', where: `${demo.file} (simulator ${simulated})`, value: 'warn' }]
}

/** The connection of a simulator that is not running is unset: no other value may replace it. */
function ofConnection(setting: Setting): Setting {
  const [first] = setting.candidates
  const missing = first?.source === 'demo' && first.value === null
  return missing ? { ...setting, value: null, source: null, where: null } : setting
}
