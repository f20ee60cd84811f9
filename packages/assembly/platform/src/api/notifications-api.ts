import { notFound } from '@sluice/core'
import { closeBegun, once } from '@sluice/process'
import type { NotificationsApi } from '@sluice/serve'
import { noMailHint, type Settings } from '@sluice/settings'
import { languagesOf, openOutboxes } from '../delivery/outboxes.ts'
import type { ProjectStores } from '../stores/project-stores.ts'

/** The outboxes of the engine and of all warehouses. Nothing is opened before the first question. */
export function openNotifications(of: {
  readonly settings: Settings
  readonly databaseUrl: () => Promise<string>
  readonly stores: Pick<ProjectStores, 'warehouseUrls'>
}): NotificationsApi & { close(): Promise<void> } {
  const { stateDir, mail, profile } = of.settings
  const outboxes = once(async () =>
    openOutboxes({
      databaseUrl: await of.databaseUrl(),
      stateDir,
      warehouses: await of.stores.warehouseUrls(),
      languages: languagesOf(of.settings.projects),
    }),
  )
  return {
    list: async (filter) => {
      const { list, waiting } = await outboxes()
      const [items, waits] = await Promise.all([list(filter), mail === null ? waiting() : 0])
      return { items, next: null, hint: waits === 0 ? null : noMailHint(waits, profile) }
    },
    find: async (key, project) => {
      const found = await (await outboxes()).find(key, project)
      if (found !== undefined) return found
      throw notFound(`there is no message ${key}`, { facts: { key }, next: 'Its key is in the last column of "sluice notify list".' })
    },
    retry: async (keys) => await (await outboxes()).retry(keys),
    close: () => closeBegun(outboxes),
  }
}
