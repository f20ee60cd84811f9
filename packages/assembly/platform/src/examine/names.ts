import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Channel, ConnectionDefinition, DefinitionError } from '@sluice/author'
import { codeFrame, near, positionOfProperty, positionOfQuoted, type SourcePosition } from '@sluice/core'
import { type NamesOfProject, nextForName } from '@sluice/definitions'
import type { Settings } from '@sluice/settings'
import type { ProjectDefinitions } from '../definitions/definitions.ts'

const configFile = 'sluice.config.ts'

export type ProjectFolder = Settings['projects'][number]

/** What the code of a project may name. */
export const namesOf = (
  { mailGroups, receivers }: Pick<Settings, 'mailGroups' | 'receivers'>,
  { project }: ProjectFolder,
): NamesOfProject => ({
  connection: namesOfType(project, 'http'),
  database: namesOfType(project, 'postgres'),
  variable: Object.keys(project.variables),
  secret: Object.keys(project.secrets),
  mailGroup: mailGroups,
  slack: Object.keys(receivers.slack),
  teams: Object.keys(receivers.teams),
  webhook: Object.keys(receivers.webhook),
  pagerduty: Object.keys(receivers.pagerduty),
  opsgenie: Object.keys(receivers.opsgenie),
})

const namesOfType = ({ connections }: ProjectFolder['project'], type: ConnectionDefinition['type']): readonly string[] =>
  Object.keys(connections).filter((name) => connections[name]?.type === type)

/** A fault at the text that names what is not there. */
interface NameFault {
  /** Relative to the project. */
  readonly file: string
  readonly place: (source: string) => SourcePosition | null
  readonly message: string
  readonly next: string
}

/** Mail groups and receivers of pipelines and what the configuration names of the definitions, where there is no such thing. */
export function unknownNames(settings: Settings, folder: ProjectFolder, definitions: ProjectDefinitions): readonly DefinitionError[] {
  const faults = [...unknownGroups(namesOf(settings, folder), definitions), ...unknownInConfig(folder, definitions)]
  return faults.map((fault) => errorOf(folder, fault))
}

function unknownGroups(names: NamesOfProject, { specs, files }: ProjectDefinitions): readonly NameFault[] {
  return specs.flatMap(({ name, notify }) => {
    const unknown = new Map<string, Channel>()
    const channels: readonly Channel[] = Object.values(notify).flat()
    for (const channel of channels) {
      const known =
        channel.channel === 'email'
          ? channel.to.includes('@') || names.mailGroup.includes(channel.to)
          : names[channel.channel]?.includes(channel.to)
      if (known !== true) unknown.set(`${channel.channel} ${channel.to}`, channel)
    }
    return [...unknown.values()].map(({ channel, to }) => ({
      file: files[name] ?? configFile,
      place: (source: string) => positionOfQuoted(source, to, 'last'),
      message: `pipeline ${name}: this platform has no ${channel === 'email' ? 'mail group' : `${channel} receiver`} "${to}"`,
      next: nextForName(channel === 'email' ? 'mailGroup' : channel, to, names),
    }))
  })
}

/** Files with errors may hold what is missing, so nothing is claimed beside them. */
function unknownInConfig({ project }: ProjectFolder, { specs, datasets, errors }: ProjectDefinitions): readonly NameFault[] {
  if (errors.length > 0) return []
  const pipelines = specs.map(({ name }) => name)
  const inLake = datasets.flatMap(({ on, id }) => (on === 'lake' ? [id.replace(/^lake\./, '')] : []))
  const { demo, budgets, lake, connections } = project
  const { history } = demo
  const named: readonly (readonly [kind: string, name: string, known: readonly string[]])[] = [
    ...demo.pipelines.map((name) => ['pipeline', name, pipelines] as const),
    ...Object.keys(demo.simulators).map((name) => ['connection', name, Object.keys(connections)] as const),
    ...(demo.report === undefined ? [] : [['dataset', demo.report, inLake] as const]),
    ...(history === undefined
      ? []
      : [['connection', history.connection, Object.keys(connections)] as const, ['pipeline', history.pipeline, pipelines] as const]),
    ...Object.values(budgets).flatMap(({ uses }) => uses.map(({ pipeline }) => ['pipeline', pipeline, pipelines] as const)),
    ...Object.keys(lake.datasets ?? {}).map((name) => ['dataset', name, inLake] as const),
  ]
  return named
    .filter(([, name, known]) => !known.includes(name))
    .map(([kind, name, known]) => {
      const [meant] = near(name, known)
      return {
        file: configFile,
        place: (source: string) => positionOfQuoted(source, name) ?? positionOfProperty(source, [name]),
        message: `there is no ${kind} "${name}"`,
        next: `${meant === undefined ? 'Correct the name' : `Did you mean "${meant}"? Correct the name`}, or define it.`,
      }
    })
}

/** What a project takes from outside and is set nowhere. */
export interface UnsetValues {
  readonly errors: readonly DefinitionError[]
  /** Secrets: where definitions are checked, they often are not. */
  readonly warnings: readonly DefinitionError[]
}

/** Values of a project without a default that nothing sets. The demo sets those of its simulators. */
export function unsetValues(settings: Settings, folder: ProjectFolder): UnsetValues {
  const { name } = folder.project
  const unset = settings.values.filter(
    ({ key, value, candidates }) => value === null && key.startsWith(`${name}.`) && candidates[0]?.source !== 'demo',
  )
  const names = settings.unasked.map((each) => each.name)
  const [errors, warnings]: [DefinitionError[], DefinitionError[]] = [[], []]
  for (const { key, env, secret } of unset) {
    const [meant] = near(env, names)
    const line = settings.unasked.find((each) => each.name === meant)?.line
    const error = errorOf(folder, {
      file: configFile,
      place: (source) => positionOfQuoted(source, env) ?? positionOfProperty(source, key.split('.').slice(1)),
      message: `${env} is not set: ${key.split('.').slice(1).join('.')} has no value`,
      next: `${meant === undefined ? '' : `Did you mean ${meant}, which .env sets in line ${line}? `}Add the line ${env}=... to .env beside the sluice.config.ts of the platform${secret ? '' : ', or give it a default'}.`,
    })
    ;(secret && meant === undefined ? warnings : errors).push(error)
  }
  return { errors, warnings }
}

function errorOf({ dir, project }: ProjectFolder, { file, place: find, message, next }: NameFault): DefinitionError {
  const source = readFileSync(join(dir, file), 'utf8')
  const place = find(source)
  const { line, column } = place ?? { line: null, column: null }
  return { project: project.name, file, line, column, message, next, frame: line === null ? null : codeFrame(source, line, column) }
}
