import { join } from 'node:path'
import { given } from '@sluice/core'
import { goneFile } from './disk-faults.ts'
import { type Folder, type FolderEntry, faultOfName, printable } from './folder.ts'

interface StoredFacts {
  readonly size: number
  readonly modifiedMs: number
  readonly mark?: string
}

/** What a folder needs of a store of objects: the stores of a lake have it, be they folders or buckets. */
export interface FileStore {
  /** The folder of this machine under which fetched files lie. */
  readonly root: string
  walk(folder: string): Promise<readonly (StoredFacts & { readonly path: string })[]>
  stat(path: string): Promise<StoredFacts | undefined>
  readBytes(path: string, range: { readonly offset: number; readonly length: number }): Promise<Uint8Array | undefined>
}

const pieceBytes = 4 * 1_048_576

/** A folder of a lake. `isLocal`: its files lie under the root of the store as they are; else they are read from the bucket. */
export function storedFolder(store: FileStore, { name, isLocal }: { readonly name: string; readonly isLocal: boolean }): Folder {
  const look: Folder['look'] = async (path) => {
    const facts = await store.stat(path)
    return facts === undefined ? undefined : entryOf(path, facts)
  }
  return {
    name,
    look,
    async *list(plan, tell) {
      for (const { path, ...facts } of await store.walk(plan.base === '' ? '.' : plan.base)) {
        // Some tools put an empty object in the place of a folder.
        if (path.endsWith('/') || !plan.takes(path)) continue
        const why = faultOfName(path)
        if (why === undefined) yield entryOf(path, facts)
        else tell({ path: printable(path), why })
      }
    },
    async *read(path) {
      for (let offset = 0; ; offset += pieceBytes) {
        const piece = await store.readBytes(path, { offset, length: pieceBytes })
        if (piece === undefined) throw goneFile(name, path)
        if (piece.length > 0) yield piece
        if (piece.length < pieceBytes) return
      }
    },
    async whereOnDisk(path) {
      if (!isLocal) return undefined
      if ((await store.stat(path)) === undefined) throw goneFile(name, path)
      return join(store.root, path)
    },
  }
}

const entryOf = (path: string, { size, modifiedMs, mark }: StoredFacts): FolderEntry => ({
  path,
  bytes: size,
  modified: modifiedMs,
  ...given({ mark }),
})
