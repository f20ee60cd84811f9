import { versionOfFolder } from '@sluice/definitions'
import type { ProjectDefinitions } from './definitions.ts'
import { watchTree } from './watch-tree.ts'

/** An editor writes a file in several steps. */
const quietMs = 30

export interface WatchedPlatform {
  readonly settings: { readonly projects: readonly { readonly dir: string }[] }
  /** As they were read last. */
  definitions(): Promise<readonly Pick<ProjectDefinitions, 'dir' | 'version'>[]>
  /** Reads the definitions again and publishes them. */
  reload(): Promise<readonly ProjectDefinitions[]>
}

/** Called each time the definitions were read again. */
export interface WatchListener {
  reloaded(definitions: readonly ProjectDefinitions[], tookMs: number): void
  failed(error: unknown): void
}

/**
 * Publishes the definitions again when the files have not changed for a moment. The last good version of a broken file stays in use. What
 * is saved while they are read is read once, afterwards, however many saves there were: one reading may take the whole budget of a file.
 */
export function watchDefinitions(platform: WatchedPlatform, listener: WatchListener): { close(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined
  let working: Promise<void> = Promise.resolve()
  let waits = false
  const reload = async (): Promise<void> => {
    waits = false
    const began = performance.now()
    try {
      listener.reloaded(await platform.reload(), performance.now() - began)
    } catch (error) {
      listener.failed(error)
    }
  }
  const due = (): void => {
    if (waits) return
    waits = true
    working = working.then(reload)
  }
  const soon = (): void => {
    clearTimeout(timer)
    timer = setTimeout(due, quietMs)
  }
  const changed = (path: string, what: 'file' | 'folder'): void => {
    if (what === 'folder' || /\.(?:[cm]?[jt]s|sql|json)$/.test(path)) soon()
  }
  const watchers = platform.settings.projects.map(({ dir }) => watchTree(dir, { changed, failed: listener.failed }))
  // What was saved between the reading of the start and the first watcher.
  working = isOld(platform).then((old) => (old ? due() : undefined), listener.failed)
  return {
    close: async () => {
      clearTimeout(timer)
      for (const watcher of watchers) watcher.close()
      await working
    },
  }
}

async function isOld(platform: WatchedPlatform): Promise<boolean> {
  for (const { dir, version } of await platform.definitions()) if ((await versionOfFolder(dir)) !== version) return true
  return false
}
