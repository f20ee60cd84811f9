import { resolve } from 'node:path'
import type { Attempt, FileSource, Pull, SourceFolder } from '@sluice/author'
import { writeOf } from '@sluice/author'
import { requestErrors, unreachable } from '@sluice/core'
import type { Lake } from '@sluice/lake'
import { pause } from '@sluice/process'
import { type Clock, type Folder, localFolder, storedFolder } from '@sluice/sources/folder'
import type { PulledFiles } from './run.ts'

/** Where the files of a project are looked for. */
export interface FilePlace {
  /** The project's own folder, where its files are edited: sources begin there. */
  readonly folder: string
  readonly variable: (name: string) => string
  /** By which it is told whether a file is whole. That of the machine unless given. */
  readonly clock?: Clock
}

export interface PullOfFiles {
  readonly pull: Pull & { readonly from: FileSource }
  readonly attempt: Attempt
  readonly lake: Lake
  readonly place: FilePlace
}

/** Carries out a pull of files. */
export async function pullOfFiles({ pull, attempt, lake, place }: PullOfFiles): Promise<PulledFiles> {
  const { pullFiles } = await import('./run.ts')
  const { batch: _batch, generation, ...write } = writeOf(attempt, 'lake', pull.into.name)
  return await pullFiles({
    pull,
    write,
    // A run begins with its first generation.
    cleared: generation - 1,
    again: rereadOf(attempt, pull.from.name),
    lake,
    folder: folderOf(pull.from.folder, lake, place),
    clock: place.clock ?? { now: Date.now, wait: (ms) => pause(ms, attempt.signal) },
    log: attempt.log,
    keep: attempt.keep,
    signal: attempt.signal,
  })
}

/** @throws `request.invalid` for another form than `{ "orders": ["2026/b.csv"] }` */
function rereadOf({ params }: Attempt, source: string): readonly string[] {
  const { reread = {} } = params
  const files: unknown = typeof reread === 'object' && reread !== null ? Reflect.get(reread, source) : null
  if (files === undefined) return []
  if (Array.isArray(files) && files.every((file) => typeof file === 'string')) return files
  throw requestErrors.invalid(`reread is ${JSON.stringify(reread)}, which does not say which files of ${source} are read again`, {
    facts: { source },
    next: `Write reread={"${source}": ["<path below the folder>"]}.`,
  })
}

export function folderOf(folder: SourceFolder, { storage, project }: Lake, place: FilePlace): Folder {
  if (typeof folder === 'string') return localFolder(resolve(place.folder, folder))
  if ('variable' in folder) return localFolder(resolve(place.folder, place.variable(folder.variable)))
  if ('lake' in folder) {
    const path = `${project}/${folder.lake}`
    return storedFolder(storage.at(path), { name: storage.locate(path), isLocal: storage.isLocal })
  }
  return unreachable(folder)
}
