import { join } from 'node:path'
import { type Folder, type OddEntry, printable } from './folder.ts'
import { goneFile } from './local-folder.ts'

/** What a folder needs of a store of objects: the stores of a lake have it, be they folders or buckets. */
export interface FileStore {
  /** The folder of this machine under which fetched files lie. */
  readonly root: string
  walk(folder: string): Promise<readonly { readonly path: string; readonly size: number; readonly modifiedMs: number }[]>
  stat(path: string): Promise<{ readonly size: number; readonly modifiedMs: number } | undefined>
  readBytes(path: string, range: { readonly offset: number; readonly length: number }): Promise<Uint8Array | undefined>
}

const pieceBytes = 4 * 1_048_576

/** A folder of a lake. `isLocal`: its files lie under the root of the store as they are; else they are read from the bucket. */
export function storedFolder(store: FileStore, { name, isLocal }: { readonly name: string; readonly isLocal: boolean }): Folder {
  const look: Folder['look'] = async (path) => {
    const facts = await store.stat(path)
    return facts === undefined ? undefined : { path, bytes: facts.size, modified: facts.modifiedMs }
  }
  return {
    name,
    look,
    async *list(plan, tell) {
      for (const { path, size, modifiedMs } of await store.walk(plan.base === '' ? '.' : plan.base)) {
        // Some tools put an empty object in the place of a folder.
        if (path.endsWith('/') || !plan.takes(path)) continue
        if (/\p{Cc}/u.test(path)) tell({ path: printable(path), why: 'its name holds control characters' } satisfies OddEntry)
        else yield { path, bytes: size, modified: modifiedMs }
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
