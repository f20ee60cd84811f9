import { randomUUID } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { argument, checkArguments } from '../options/call.ts'
import { filledText } from '../options/form.ts'
import { inTurns } from './in-turns.ts'
import { errnoOf, onDisk } from './on-disk.ts'
import type { FileFacts, FoundFile, LogStore } from './store.ts'

/**
 * A table on a local disk. Needs hard links: `link` never overwrites a file, as `rename` does, and never shows half a file, as `open('wx')`
 * does.
 */
export function localStore(folder: string): LogStore {
  checkArguments('localStore', [argument('folder', filledText)], [folder])
  const root = resolve(folder)
  const at = (path: string) => join(root, path)

  async function linkIfAbsent(temporary: string, target: string): Promise<boolean> {
    try {
      await link(temporary, target)
    } catch (cause) {
      if (errnoOf(cause) === 'EEXIST') return false
      throw cause
    } finally {
      await rm(temporary, { force: true })
    }
    await syncFolder(dirname(target))
    return true
  }

  async function writeTemporary(path: string, text: string, durable: boolean): Promise<string> {
    const target = at(path)
    const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}.tmp`)
    const file = await open(temporary, 'wx')
    try {
      await file.writeFile(text)
      if (durable) await file.datasync()
    } finally {
      await file.close()
    }
    return temporary
  }

  return {
    root,
    list: (path) =>
      onDisk('list', path, async () => {
        const entries = (await unlessMissing(readdir(at(path), { withFileTypes: true }))) ?? []
        return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name)
      }),
    stat: (path) =>
      onDisk('stat', path, async () => {
        const facts = await unlessMissing(stat(at(path)))
        return facts === undefined ? undefined : factsOf(facts)
      }),
    walk: (folder) => onDisk('list', folder, () => walk(root, folder)),
    readBytes: (path, range) => onDisk('read', path, () => unlessMissing(readRange(at(path), range))),
    fetch: () => Promise.resolve(),
    hold: () => ({ [Symbol.dispose]: () => undefined }),
    read: (path) => onDisk('read', path, () => unlessMissing(readFile(at(path), 'utf8'))),
    putIfAbsent: (path, text) => onDisk('create', path, async () => linkIfAbsent(await writeTemporary(path, text, true), at(path))),
    put: (path, text) =>
      onDisk('replace', path, async () => {
        await rename(await writeTemporary(path, text, false), at(path))
      }),
    persist: (paths) =>
      onDisk('sync', paths[0] ?? '', async () => {
        const folders = new Set(paths.flatMap((path) => [dirname(at(path)), dirname(dirname(at(path)))]).filter((f) => f.startsWith(root)))
        // Each open file counts against the limit of the process.
        await inTurns(paths, filesAtOnce, (path) => syncFile(at(path)))
        await inTurns([...folders], filesAtOnce, syncFolder)
      }),
    adopt: (temporary, path) =>
      onDisk('create', path, async () => {
        await syncFile(at(temporary))
        const isFirst = await linkIfAbsent(at(temporary), at(path))
        // The folder may be new too.
        if (isFirst) await syncFolder(dirname(dirname(at(path))))
        return isFirst
      }),
    delete: (path) => onDisk('delete', path, () => rm(at(path), { force: true })),
    makeFolder: (path) =>
      onDisk('create', path, async () => {
        const first = await mkdir(at(path), { recursive: true })
        if (first === undefined) return
        for (let folder = at(path); folder.length >= first.length; folder = dirname(folder)) await syncFolder(dirname(folder))
      }),
  }
}

const filesAtOnce = 64

const factsOf = ({ size, mtimeMs, ctimeMs, ino }: Stats): FileFacts => ({
  size,
  modifiedMs: Math.floor(mtimeMs),
  mark: `${ino}.${ctimeMs}`,
})

async function walk(root: string, folder: string): Promise<FoundFile[]> {
  const entries = (await unlessMissing(readdir(join(root, folder), { recursive: true, withFileTypes: true }))) ?? []
  const files = entries
    .filter((entry) => entry.isFile())
    .map(async (entry): Promise<FoundFile[]> => {
      const path = join(entry.parentPath, entry.name)
      const facts = await unlessMissing(stat(path))
      if (facts === undefined) return []
      return [{ path: relative(root, path).split(sep).join('/'), ...factsOf(facts) }]
    })
  return (await Promise.all(files)).flat()
}

async function readRange(path: string, range: { readonly offset: number; readonly length: number } | undefined): Promise<Uint8Array> {
  if (range === undefined) return await readFile(path)
  const file = await open(path, 'r')
  try {
    const bytes = new Uint8Array(range.length)
    const { bytesRead } = await file.read(bytes, 0, range.length, range.offset)
    return bytes.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT' || errnoOf(cause) === 'ENOTDIR') return undefined
    throw cause
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Windows has no handles for folders. Its file system orders the entries itself. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, constants.O_RDONLY)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
