import { glob, readdir, realpath } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import { closedStore, type LogStore } from '@sluice/delta'
import { errnoOf } from '../failure.ts'
import type { LakeStorage } from './storage.ts'

/** A lake in a folder of this machine. */
export function localStorage(folder: string): LakeStorage {
  const root = resolve(folder)
  const stores = new Map<string, LogStore>()
  return {
    isLocal: true,
    at(path) {
      const known = stores.get(path) ?? closedStore(join(root, path))
      stores.set(path, known)
      return known
    },
    folders: async (path) =>
      (await entriesIn(join(root, path)))
        .filter((entry) => !entry.isFile())
        .map(({ name }) => name)
        .sort(),
    files: (path) => filesBelow(join(root, path)),
    match: (path, pattern) => filesMatching(join(root, path), pattern),
    footers: (path, files) =>
      Promise.resolve({ files: files.map((file) => join(root, path, file)), [Symbol.asyncDispose]: () => Promise.resolve() }),
    scratch: (path) => join(root, path, '_spool'),
    locate: (path) => join(root, path),
  }
}

/** Every file below a folder at any depth, relative to it, with `/`, sorted; links are none. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  return (await walked(folder, '')).sort(byText)
}

/** Half the cost of a recursive `readdir`, which gives each entry a path of its own. */
async function walked(folder: string, prefix: string): Promise<string[]> {
  const found: string[] = []
  const deeper: Promise<string[]>[] = []
  for (const entry of await entriesIn(folder)) {
    if (entry.isFile()) found.push(prefix + entry.name)
    else if (entry.isDirectory()) deeper.push(walked(join(folder, entry.name), `${prefix}${entry.name}/`))
  }
  for (const below of await Promise.all(deeper)) found.push(...below)
  return found
}

async function filesMatching(home: string, pattern: string): Promise<readonly string[]> {
  const inside = await realpath(home).catch(() => home)
  const found: string[] = []
  for await (const name of glob(pattern, { cwd: inside })) {
    const path = await realpath(join(inside, name)).catch(() => undefined)
    const within = path === undefined ? '..' : relative(inside, path)
    if (within !== '..' && !within.startsWith(`..${sep}`) && !isAbsolute(within)) found.push(slashed(within))
  }
  return found.sort(byText)
}

async function entriesIn(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT' || errnoOf(thrown) === 'ENOTDIR') return []
    throw thrown
  }
}

const byText = (a: string, b: string): number => (a < b ? -1 : 1)
const slashed = (path: string): string => path.split(sep).join('/')
