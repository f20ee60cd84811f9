import type { Connection, ConnectionDefinition, DatabaseConnection, HttpAuth } from '@sluice/author'
import { configErrors, notFound, type SluiceError } from '@sluice/core'
import { connectionErrors } from './errors.ts'
import { connectionKey, secretKey, variableKey } from './project-settings.ts'
import type { Setting } from './resolve.ts'
import type { ProjectFolder, Settings } from './settings.ts'

/** @throws `not_found` */
export function projectOf(settings: Settings, name: string): ProjectFolder {
  const found = settings.projects.find(({ project }) => project.name === name)
  if (found === undefined) {
    throw notFound(`there is no project "${name}"`, {
      facts: { project: name },
      next: `The projects are ${listed(settings.projects.map(({ project }) => project.name))}.`,
    })
  }
  return found
}

/** An HTTP connection of a project with its values. @throws `connection.unknown`; `config.missing` with the variable to set */
export function resolveConnection(settings: Settings, projectName: string, name: string): Connection {
  const definition = definitionOf(settings, { project: projectName, name, type: 'http' })
  const url = required(settings, connectionKey(projectName, name, 'url'), `connection "${name}"`)
  const value = (part: string): string => required(settings, connectionKey(projectName, name, part), `connection "${name}"`)
  const { auth, ...rest } = definition
  const token = definition.token === undefined ? undefined : value('token')
  return {
    ...rest,
    name,
    url,
    token,
    ...secretsAt(settings, connectionKey(projectName, name, '')),
    ...(auth === undefined ? {} : { auth: resolvedAuth(isSimulated(settings, projectName, name) ? ofSimulator(auth) : auth, value) }),
  }
}

/** Variables of a connection that hold a secret, and where each is set. */
function secretsAt({ values }: Settings, prefix: string): Pick<Connection, 'secretsAt'> {
  const found = values.filter(({ key, secret, value }) => secret && value !== null && key.startsWith(prefix))
  if (found.length === 0) return {}
  return { secretsAt: found.map(({ env, where, source }) => `${env} (${source === 'environment' ? 'the environment' : where})`) }
}

const isSimulated = ({ values }: Settings, project: string, name: string): boolean =>
  values.find(({ key }) => key === connectionKey(project, name, 'url'))?.source === 'demo'

/** A demo signs in to the simulator, whose tokens are where those of the service are. */
const ofSimulator = (auth: HttpAuth): HttpAuth =>
  auth.kind === 'oauth' && URL.canParse(auth.tokenUrl) ? { ...auth, tokenUrl: new URL(auth.tokenUrl).pathname } : auth

function resolvedAuth(auth: HttpAuth, value: (part: string) => string): HttpAuth<string> {
  if (auth.kind === 'basic') return { kind: 'basic', user: value('auth.user'), password: value('auth.password') }
  const { refreshToken, ...rest } = auth
  return {
    ...rest,
    clientId: value('auth.clientId'),
    clientSecret: value('auth.clientSecret'),
    ...(refreshToken === undefined ? {} : { refreshToken: value('auth.refreshToken') }),
  }
}

/** A database of a project with its URL. @throws `connection.unknown`; `config.missing` with the variable to set */
export function resolveDatabase(settings: Settings, projectName: string, name: string): DatabaseConnection {
  const { type } = definitionOf(settings, { project: projectName, name, type: 'postgres' })
  return { name, type, url: required(settings, connectionKey(projectName, name, 'url'), `connection "${name}"`) }
}

interface Wanted<T extends ConnectionDefinition['type']> {
  readonly project: string
  readonly name: string
  readonly type: T
}

function definitionOf<T extends ConnectionDefinition['type']>(
  settings: Settings,
  { project: projectName, name, type }: Wanted<T>,
): Extract<ConnectionDefinition, { readonly type: T }> {
  const { connections } = projectOf(settings, projectName).project
  const definition = connections[name]
  const known = Object.keys(connections).filter((each) => connections[each]?.type === type)
  if (definition === undefined) throw undeclared('connection', projectName, name, known, connectionErrors.unknown)
  if (isOfType(definition, type)) return definition
  throw connectionErrors.unknown(`connection "${name}" of project ${projectName} is ${kinds[definition.type]}, not ${kinds[type]}`, {
    facts: { project: projectName, name },
    next:
      type === 'http'
        ? `A database is read by a source: sqlSource({ connection: '${name}', ... }).`
        : `Declare the database by postgresConnection({ url: secret('...') }); declared are ${listed(known)}.`,
  })
}

const isOfType = <T extends ConnectionDefinition['type']>(
  definition: ConnectionDefinition,
  type: T,
): definition is Extract<ConnectionDefinition, { readonly type: T }> => definition.type === type

const kinds: Readonly<Record<ConnectionDefinition['type'], string>> = { http: 'an HTTP service', postgres: 'a database' }

/** A variable of a project. @throws `not_found` when it is not declared; `config.missing` with the variable to set */
export function variable(settings: Settings, projectName: string, name: string): string {
  const { project } = projectOf(settings, projectName)
  if (!(name in project.variables)) throw undeclared('variable', projectName, name, Object.keys(project.variables), notFound)
  return required(settings, variableKey(projectName, name), `variable "${name}"`)
}

/** A secret of a project. @throws `not_found` when it is not declared; `config.missing` with the variable to set */
export function secret(settings: Settings, projectName: string, name: string): string {
  const { project } = projectOf(settings, projectName)
  if (!(name in project.secrets)) throw undeclared('secret', projectName, name, Object.keys(project.secrets), notFound)
  return required(settings, secretKey(projectName, name), `secret "${name}"`)
}

function required(settings: Settings, key: string, what: string): string {
  const setting = settings.values.find((candidate) => candidate.key === key)
  if (setting !== undefined && setting.value !== null) return String(setting.value)
  const variableName = setting?.env ?? key
  const simulated = setting?.candidates[0]?.source === 'demo'
  throw configErrors.missing(`${what} has no value: ${simulated ? 'its simulator is not running' : `${variableName} is not set`}`, {
    facts: { key, variable: variableName },
    next: simulated
      ? 'Start the demo with "sluice demo", or leave it with "sluice reset".'
      : `Set ${variableName} in the environment, or add the line ${variableName}=... to ${settings.root}/.env.`,
  })
}

function undeclared(
  kind: string,
  project: string,
  name: string,
  known: readonly string[],
  error: typeof connectionErrors.unknown | typeof notFound,
): SluiceError {
  return error(`project ${project} declares no ${kind} "${name}"`, {
    facts: { project, name },
    next: `Declare it under ${kind}s in the project's sluice.config.ts; declared are ${listed(known)}.`,
  })
}

export const listed = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '))

/** Settings by key, by variable, or by a key without its project when that is unambiguous. */
export const settingsNamed = (settings: Settings, name: string): readonly Setting[] => {
  const exact = settings.values.filter((setting) => setting.key === name || setting.env === name)
  return exact.length > 0 ? exact : settings.values.filter((setting) => setting.key.endsWith(`.${name}`))
}
