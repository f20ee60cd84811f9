import { type FSWatcher, readdirSync, watch } from 'node:fs'
import { join } from 'node:path'

/**
 * Reports every change of a file below a folder. There is one watcher for each folder: `recursive` watches files on Linux, and loses a
 * file when an editor replaces it. Folders that appear and vanish are followed.
 */
export function watchTree(root: string, changed: (file: string) => void): { close(): void } {
  const watchers = new Map<string, FSWatcher>()
  const follow = (): void => {
    const folders = new Set(foldersBelow(root))
    for (const [folder, watcher] of watchers) {
      if (folders.has(folder)) continue
      watcher.close()
      watchers.delete(folder)
    }
    for (const folder of folders) if (!watchers.has(folder)) watchers.set(folder, watcherOf(folder))
  }
  const watcherOf = (folder: string): FSWatcher => {
    const watcher = watch(folder, (_, name) => {
      follow()
      changed(join(folder, name ?? ''))
    })
    // The folder vanished while it was watched. The watcher of its parent reports that.
    watcher.on('error', () => undefined)
    return watcher
  }
  follow()
  return {
    close: () => {
      for (const watcher of watchers.values()) watcher.close()
      watchers.clear()
    },
  }
}

function foldersBelow(root: string): readonly string[] {
  try {
    const below = readdirSync(root, { withFileTypes: true }).filter(
      (entry) => entry.isDirectory() && !/^(?:node_modules$|\.)/.test(entry.name),
    )
    return [root, ...below.flatMap(({ name }) => foldersBelow(join(root, name)))]
  } catch {
    return []
  }
}
