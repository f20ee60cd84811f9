import { noReceivers } from './receiver-settings.ts'
import type { Setting } from './resolve.ts'
import { passwordsIn } from './secret-values.ts'
import type { Settings } from './settings.ts'

/** What tasks of one project may know of the configuration: its values, and nothing that opens what is the platform's or another's. */
export function settingsOfProject(settings: Settings, project: string): Settings {
  return {
    ...settings,
    databaseUrl: null,
    mail: null,
    receivers: noReceivers,
    projects: settings.projects.filter((each) => each.project.name === project),
    values: settings.values.filter(({ key }) => key.startsWith(`${project}.`)),
    unasked: [],
  }
}

/** The variables of the environment in which settings look for a secret, or where one was found with a password in it. */
export const secretVariables = ({ values }: Pick<Settings, 'values'>): readonly string[] => [
  ...new Set(values.filter(isSecret).map(({ env }) => env)),
]

const isSecret = ({ secret, candidates }: Setting): boolean =>
  secret || passwordsIn(candidates.map(({ value }) => String(value ?? ''))).length > 0
