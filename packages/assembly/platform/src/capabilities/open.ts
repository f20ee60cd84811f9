import type { Capability } from '@sluice/author'
import { accountOf, budgetCapability } from '@sluice/budget/capability'
import { type Mask, maskOf } from '@sluice/core'
import type { CapabilityPlace, OpenCapabilities } from '@sluice/engine'
import { lakeCapability, type StateLakes, stateLakes, warnOfMaintenance } from '@sluice/lake/capability'
import { notifyCapability } from '@sluice/notify/capability'
import {
  passwordsIn,
  projectOf,
  resolveBudget,
  resolveConnection,
  resolveDatabase,
  type Settings,
  secretValues,
  variable,
} from '@sluice/settings'
import { settingsCapability } from '@sluice/settings/capability'
import { httpCapability } from '@sluice/sources/capability'
import { transformCapability } from '@sluice/transform/capability'
import { type WarehouseUrls, warehouseCapability } from '@sluice/warehouse/capability'
import { secretsOf } from '../secrets.ts'
import { backupSteps } from './backup-steps.ts'
import { receivedOptions, receivedProject } from './options.ts'
import { sharedCalls } from './shared-calls.ts'
import { spendingOf } from './spending.ts'

/** What the tasks of this platform can do. Each worker process imports this module, so it must not import heavy packages. */
export function openCapabilities({ stateDir, databaseUrl, options }: CapabilityPlace): OpenCapabilities {
  const { lakeUrl, duckdb } = receivedOptions(options)
  // One for all projects: a limit of memory is that of the process.
  const lakes = stateLakes({ stateDir, lakeUrl, duckdb, onTrouble: warnOfMaintenance })
  const common = secretsOf({ values: [], stateDir, urls: [databaseUrl] })
  return {
    secrets: common,
    of: (project, sent) => {
      const { settings, warehouse: urls, environment } = receivedProject(sent)
      const secrets = [...new Set([...common, ...secretValues(settings), ...passwordsIn([urls?.ownerUrl, urls?.readerUrl])])]
      const place = { settings, urls: urls ?? undefined, project, lakes, databaseUrl, mask: maskOf(secrets) }
      return { capabilities: capabilitiesOf(place), secrets, environment }
    },
  }
}

interface ProjectPlace {
  readonly settings: Settings
  readonly urls: WarehouseUrls | undefined
  readonly project: string
  readonly lakes: StateLakes
  readonly databaseUrl: string
  readonly mask: Mask
}

/** The list: one line a capability. Each opens what it needs when a task first uses it. */
function capabilitiesOf({ settings, project, lakes, databaseUrl, urls, mask }: ProjectPlace): readonly Capability[] {
  const { lake: policy } = projectOf(settings, project).project
  const spending = spendingOf({ project, databaseUrl })
  const shared = databaseUrl === '' ? undefined : sharedCalls({ project, databaseUrl })
  const http = httpCapability(shared === undefined ? {} : { calls: shared.calls, tokens: shared.tokens, close: shared.close })
  const budget = budgetCapability({ account: (name) => accountOf(resolveBudget(settings, project, name), spending), close: spending.close })
  const lake = lakeCapability({ project, policy, lakes })
  const warehouse = warehouseCapability({ project, urls })
  return [
    settingsCapability(settings, project),
    backupSteps(databaseUrl),
    http,
    budget,
    lake,
    warehouse,
    notifyCapability({ outbox: async () => (await warehouse.open()).pool, mask }),
    transformCapability({
      lake: lake.open,
      warehouse: warehouse.open,
      place: { folder: projectOf(settings, project).dir, variable: (name) => variable(settings, project, name) },
      database: (name) => resolveDatabase(settings, project, name),
      asking: (attempt) => ({
        ...http.context(attempt),
        connection: (name) => resolveConnection(settings, project, name),
        purse: (name) => budget.context(attempt).budget(name),
      }),
    }),
  ]
}
