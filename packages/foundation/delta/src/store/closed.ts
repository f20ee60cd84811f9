import { lstat, realpath } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { DeltaError } from '../errors.ts'
import { inTurns } from './in-turns.ts'
import { localStore } from './local.ts'
import { errnoOf, onDisk } from './on-disk.ts'
import type { LogStore } from './store.ts'

/**
 * A table on a local disk of which nothing leads out: no absolute path of its log, as a shallow clone has it, and no link below its root.
 * For tables that are written by many and read by those who may not read all of this machine. The root itself may be a link.
 */
export function closedStore(folder: string): LogStore {
  const store = localStore(folder)
  const { root } = store
  const folders = new Map<string, Promise<void>>()
  // Files are named anew and never change.
  const files = new Set<string>()

  async function checkFolder(path: string): Promise<void> {
    const [real, at] = await Promise.all([realpath(root), realpath(join(root, path))])
    if (at !== join(real, path)) throw leadsOut(path)
  }

  async function check(path: string): Promise<void> {
    if (files.has(path)) return
    if (isAbsolute(path) || path.split('/').includes('..')) throw leadsOut(path)
    const above = dirname(path)
    const known = folders.get(above) ?? checkFolder(above)
    folders.set(above, known)
    try {
      await known
      if ((await lstat(join(root, path))).isSymbolicLink()) throw leadsOut(path)
    } catch (cause) {
      folders.delete(above)
      // The reader reports what is missing.
      if (errnoOf(cause) === 'ENOENT' || errnoOf(cause) === 'ENOTDIR') return
      throw cause
    }
    if (files.size >= 100_000) files.clear()
    files.add(path)
  }

  const checked = (path: string): Promise<void> => onDisk('read', path, () => check(path))
  return {
    ...store,
    fetch: (paths) => inTurns(paths, 64, checked),
    async read(path) {
      await checked(path)
      return await store.read(path)
    },
    async readBytes(path, range) {
      await checked(path)
      return await store.readBytes(path, range)
    },
  }
}

const leadsOut = (path: string): DeltaError =>
  new DeltaError(
    'store.failed',
    `The path ${path} leads out of the table.`,
    'Copy the file into the table: this table takes no absolute paths and no links.',
    { path },
  )
