import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { createFile } from '@sluice/process'
import { damaged, writeFault } from './errors.ts'

/** Where backups lie: a folder, or a bucket. Paths are relative to it, with `/`. */
export interface BackupPlace {
  /** For messages: a folder's path, `s3://bucket/prefix`. */
  readonly name: string
  /** Writes a file, whole or not at all, and over one of the same name. It is durable on return. */
  write(path: string, source: AsyncIterable<Buffer>): Promise<void>
  /** Creates a small file with its whole content; false where there is one. */
  create(path: string, text: string): Promise<boolean>
  /** @throws `backup.damaged` for a file that is missing */
  read(path: string): AsyncIterable<Buffer>
  /** The text of a small file; `undefined` where there is none. */
  text(path: string): Promise<string | undefined>
  /** `undefined` where there is none. */
  size(path: string): Promise<number | undefined>
  /** Names of what is directly below a folder: files, and folders with a `/` behind. Empty for a folder that does not exist. */
  list(folder: string): Promise<readonly string[]>
  /** A file, or a folder with all in it. What is missing stays missing. */
  remove(path: string): Promise<void>
}

/** A folder of this machine; made when something is written to it. Others may not enter it. */
export function folderPlace(folder: string): BackupPlace {
  const root = resolve(folder)
  const at = (path: string): string => join(root, path)
  return {
    name: root,
    async write(path, source) {
      const draft = `${at(path)}.draft`
      try {
        await mkdir(dirname(draft), { recursive: true, mode: 0o700 })
        const file = await open(draft, 'w', 0o600)
        try {
          for await (const chunk of source) await file.writeFile(chunk)
          await file.datasync()
        } finally {
          await file.close()
        }
        await rename(draft, at(path))
      } catch (error) {
        await rm(draft, { force: true }).catch(() => undefined)
        throw writeFault(error, at(path))
      }
    },
    async create(path, text) {
      try {
        await mkdir(dirname(at(path)), { recursive: true, mode: 0o700 })
        return await createFile(at(path), text, { mode: 0o600 })
      } catch (error) {
        throw writeFault(error, at(path))
      }
    },
    read: (path) => reading(at(path)),
    text: (path) => readFile(at(path), 'utf8').catch(unlessMissing),
    size: async (path) => (await stat(at(path)).catch(unlessMissing))?.size,
    list: async (path) =>
      ((await readdir(at(path), { withFileTypes: true }).catch(unlessMissing)) ?? [])
        .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
        .sort(),
    remove: (path) => rm(at(path), { recursive: true, force: true }),
  }
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
  throw error
}

async function* reading(path: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw damaged(path, 'is missing')
    throw error
  }
}

/** A folder of a place as a place of its own. */
export function placeWithin(place: BackupPlace, folder: string): BackupPlace {
  const at = (path: string): string => (path === '' ? folder : `${folder}/${path}`)
  return {
    name: `${place.name}/${folder}`,
    write: (path, source) => place.write(at(path), source),
    create: (path, text) => place.create(at(path), text),
    read: (path) => place.read(at(path)),
    text: (path) => place.text(at(path)),
    size: (path) => place.size(at(path)),
    list: (path) => place.list(at(path)),
    remove: (path) => place.remove(at(path)),
  }
}
