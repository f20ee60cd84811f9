import { type Settings, secretVariables, settingsOfProject } from '@sluice/settings'
import type { WarehouseUrls } from '@sluice/warehouse/capability'
import type { ProjectOptions } from './options.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What tasks of a project get of the configuration, its warehouse and the environment, and no more. */
export function projectOptions(
  project: string,
  of: { readonly settings: Settings; readonly warehouse: WarehouseUrls | undefined; readonly environment: Environment },
): ProjectOptions {
  const settings = settingsOfProject(of.settings, project)
  const own = secretVariables(settings).flatMap((name) => {
    const value = of.environment[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return { settings, warehouse: of.warehouse ?? null, environment: Object.fromEntries(own) }
}
