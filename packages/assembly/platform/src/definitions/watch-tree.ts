import { type FSWatcher, statSync, watch } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { foldersOfSources } from '@sluice/definitions'

export interface TreeListener {
  /** A file was written, came or went, or a folder did, with what is in it. */
  changed(path: string, what: 'file' | 'folder'): void
  /** A folder cannot be watched, as where the system has no more watchers: its changes are missed. Told once. */
  failed(error: unknown): void
}

interface Watched {
  readonly watcher: FSWatcher
  /** Which folder of the path it is: one that was removed and made again has another, and the watcher of the old one hears nothing. */
  readonly id: string
}

/**
 * Reports every change of a file below a folder, also after the folder itself has gone and come back. There is one watcher for each folder
 * of sources: `recursive` watches files on Linux, and loses a file when an editor replaces it. Folders that appear and vanish are followed.
 * What happens in one before its watcher is there is told by the folder.
 */
export function watchTree(root: string, listener: TreeListener): { close(): void } {
  const watched = new Map<string, Watched>()
  let hasFailed = false
  const attempt = (folder: string, heard: (event: string, name: string) => void): FSWatcher | undefined => {
    try {
      const watcher = watch(folder, (event, name) => heard(event, name ?? ''))
      // The folder vanished while it was watched. The watcher of its parent reports that.
      watcher.on('error', () => undefined)
      return watcher
    } catch (error) {
      const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT'
      if (!isGone && !hasFailed) {
        hasFailed = true
        listener.failed(error)
      }
      return undefined
    }
  }
  const stop = (folder: string): void => {
    watched.get(folder)?.watcher.close()
    watched.delete(folder)
  }
  /** Gives the folders that came or went. */
  const follow = (): readonly string[] => {
    const folders = new Map(foldersOfSources(root).flatMap((folder) => (idOf(folder) === undefined ? [] : [[folder, idOf(folder)]])))
    const gone = [...watched].filter(([folder, { id }]) => folders.get(folder) !== id).map(([folder]) => folder)
    for (const folder of gone) stop(folder)
    const came: string[] = []
    for (const [folder, id = ''] of folders) {
      if (watched.has(folder)) continue
      const watcher = attempt(folder, (event, name) => {
        // Else nothing but the text of a file has changed.
        const moved = event === 'rename' || name === '.gitignore' ? follow() : []
        listener.changed(join(folder, name), 'file')
        for (const each of moved) listener.changed(each, 'folder')
      })
      if (watcher === undefined) continue
      watched.set(folder, { watcher, id })
      came.push(folder)
    }
    return [...new Set([...gone, ...came])]
  }
  const above = attempt(dirname(root), (_, name) => {
    if (name === basename(root)) for (const each of follow()) listener.changed(each, 'folder')
  })
  follow()
  return {
    close: () => {
      above?.close()
      for (const folder of [...watched.keys()]) stop(folder)
    },
  }
}

/** Numbers of inodes are given out again, so they alone do not tell. */
function idOf(folder: string): string | undefined {
  const found = statSync(folder, { throwIfNoEntry: false, bigint: true })
  return found === undefined ? undefined : `${found.dev} ${found.ino} ${found.birthtimeNs}`
}
