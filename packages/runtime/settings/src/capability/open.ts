import type { Capability } from '@sluice/author'
import { resolveConnection, secret, variable } from '../lookup.ts'
import type { Settings } from '../settings.ts'
import type { SettingsContext } from './define.ts'

/** Connections, variables and secrets of a project, from the settings in memory. */
export const settingsCapability = (settings: Settings, project: string): Capability<SettingsContext> => ({
  name: 'settings',
  context: () => ({
    connection: (name) => resolveConnection(settings, project, name),
    variable: (name) => variable(settings, project, name),
    secret: (name) => secret(settings, project, name),
  }),
})
