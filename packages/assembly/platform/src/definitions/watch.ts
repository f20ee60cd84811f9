import type { ProjectDefinitions } from './definitions.ts'
import { watchTree } from './watch-tree.ts'

/** An editor writes a file in several steps. */
const quietMs = 30

export interface WatchedPlatform {
  readonly settings: { readonly projects: readonly { readonly dir: string }[] }
  /** Reads the definitions again and publishes them. */
  reload(): Promise<readonly ProjectDefinitions[]>
}

/** Called each time the definitions were read again. */
export interface WatchListener {
  reloaded(definitions: readonly ProjectDefinitions[], tookMs: number): void
  failed(error: unknown): void
}

/** Publishes the definitions again when the files have not changed for a moment. The last good version of a broken file stays in use. */
export function watchDefinitions(platform: WatchedPlatform, listener: WatchListener): { close(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined
  let working: Promise<void> = Promise.resolve()
  const reload = async (): Promise<void> => {
    const began = performance.now()
    try {
      listener.reloaded(await platform.reload(), performance.now() - began)
    } catch (error) {
      listener.failed(error)
    }
  }
  const changed = (file: string): void => {
    if (!/\.(?:ts|sql|json)$/.test(file)) return
    clearTimeout(timer)
    timer = setTimeout(() => {
      working = working.then(reload)
    }, quietMs)
  }
  const watchers = platform.settings.projects.map(({ dir }) => watchTree(dir, changed))
  return {
    close: async () => {
      clearTimeout(timer)
      for (const watcher of watchers) watcher.close()
      await working
    },
  }
}
