import type { Setting, Settings } from '@sluice/settings'

/** What the HTTP process is told of the settings: the URL with which the server administers its database is not among it. */
export const settingsForHttp = (settings: Settings): Settings => ({
  ...settings,
  databaseUrl: null,
  values: settings.values.map((setting) => (setting.env === databaseVariable ? withoutValue(setting) : setting)),
})

/** The environment of the HTTP process. */
export const environmentForHttp = ({ [databaseVariable]: _, ...rest }: NodeJS.ProcessEnv): NodeJS.ProcessEnv => rest

const databaseVariable = 'SLUICE_DATABASE_URL'

/** Shown as a secret is: whether it is set, and where. */
const withoutValue = (setting: Setting): Setting => ({
  ...setting,
  value: hidden(setting.value),
  candidates: setting.candidates.map((candidate) => ({ ...candidate, value: hidden(candidate.value) })),
})

const hidden = (value: string | number | null): string | null => (value === null ? null : '****')
