import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type BackupFile,
  type BackupKey,
  type BackupPlace,
  readBackupFile,
  type SavedObject,
  saveObject,
  writeBackupFile,
} from '@sluice/backup'
import { FileIsGone, type LakeFile } from '@sluice/lake/backup'
import type { Tree } from './manifest.ts'

/** A file of a platform as a backup lists it. */
export interface ListedFile extends SavedObject {
  readonly tree: Tree
}

export interface SavedFiles {
  readonly files: readonly ListedFile[]
  readonly written: number
  readonly shared: number
}

export interface SaveFilesOptions {
  readonly place: BackupPlace
  readonly key?: BackupKey | undefined
  /** Files of the backup before, by `<tree>/<path>`: one of the same size and time is not read again. */
  readonly known: ReadonlyMap<string, ListedFile>
  readonly onFile?: (bytes: number) => void
  readonly signal?: AbortSignal | undefined
}

/** How often the list of a tree is made anew where files of it go meanwhile. */
const tries = 10

/** Saves a tree. Its files are listed by `list`, again where one of them has gone before it was read. */
export async function saveTree(tree: Tree, list: () => Promise<readonly LakeFile[]>, options: SaveFilesOptions): Promise<SavedFiles> {
  const { place, key, known, signal } = options
  const done = new Map<string, ListedFile>()
  let [written, shared] = [0, 0]
  for (let turn = 1; ; turn++) {
    const files: ListedFile[] = []
    try {
      for (const { path, size, modifiedMs, read } of await list()) {
        signal?.throwIfAborted()
        const before = done.get(path) ?? known.get(`${tree}/${path}`)
        if (before !== undefined && before.size === size && before.modifiedMs === modifiedMs && (await isThere(place, before))) {
          if (!done.has(path)) shared += size
          files.push({ ...before, tree })
        } else {
          const saved = await saveObject({ place, key }, { path, modifiedMs }, read)
          files.push({ ...saved.object, tree })
          if (saved.written) written += saved.object.stored.bytes
          else shared += size
        }
        done.set(path, files.at(-1) as ListedFile)
        options.onFile?.(size)
      }
      return { files, written, shared }
    } catch (error) {
      if (!(error instanceof FileIsGone) || turn === tries) throw error
    }
  }
}

const isThere = async (place: BackupPlace, { stored }: SavedObject): Promise<boolean> => (await place.size(stored.path)) === stored.bytes

/** The files below a folder of the state. */
export async function filesBelow(folder: string, prefix = ''): Promise<readonly LakeFile[]> {
  const found: LakeFile[] = []
  const entries = await readdir(join(folder, prefix), { withFileTypes: true }).catch(() => [])
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = prefix + entry.name
    if (entry.isDirectory()) found.push(...(await filesBelow(folder, `${path}/`)))
    else if (entry.isFile()) found.push(...(await fileIn(folder, path)))
  }
  return found
}

/** Nothing where there is none. */
export async function fileIn(folder: string, path: string): Promise<readonly LakeFile[]> {
  const facts = await stat(join(folder, path)).catch(() => undefined)
  if (facts === undefined) return []
  return [
    {
      path,
      size: facts.size,
      modifiedMs: facts.mtimeMs,
      // A log may grow while it is read twice: only what was there is saved.
      read: () => (facts.size === 0 ? empty() : reading(join(folder, path), facts.size)),
    },
  ]
}

async function* empty(): AsyncGenerator<Buffer> {}

async function* reading(path: string, size: number): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path, { end: size - 1, highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new FileIsGone(path)
    throw error
  }
}

const listName = 'files.jsonl.zst'

/** The list of files in the folder of a backup. */
export const writeFileList = (place: BackupPlace, key: BackupKey | undefined, files: readonly ListedFile[]): Promise<BackupFile> =>
  writeBackupFile({ place, key, packed: true }, listName, lines(files))

async function* lines(files: readonly ListedFile[]): AsyncGenerator<Buffer> {
  for (let at = 0; at < files.length; at += 1_000)
    yield Buffer.from(
      files
        .slice(at, at + 1_000)
        .map((file) => `${JSON.stringify(file)}\n`)
        .join(''),
    )
}

export async function readFileList(place: BackupPlace, key: BackupKey | undefined, list: BackupFile): Promise<readonly ListedFile[]> {
  const parts: Buffer[] = []
  for await (const chunk of readBackupFile({ place, key, packed: true }, list)) parts.push(chunk)
  return Buffer.concat(parts)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ListedFile)
}
