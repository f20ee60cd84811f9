import type { Dirent, Stats } from 'node:fs'
import { lstat, opendir, readdir, realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import { fileErrors } from '../../errors.ts'
import { goneFile, isGone, unreadable } from './disk-faults.ts'
import { type Folder, type FolderEntry, faultOfName, type OddEntry, printable } from './folder.ts'
import { markOf } from './open-file.ts'
import { piecesOf } from './pieces.ts'
import type { ListingPlan } from './plan-listing.ts'

/** Files that are asked for their facts at one time. */
const atOnce = 64

/** A folder on a disk of this machine. Links to files in it are followed, links to folders and out of it are not. */
export function localFolder(path: string): Folder {
  const name = resolve(path)
  let known: string | undefined
  const inside = async (file: string): Promise<string | undefined> => {
    known ??= await rootOf(name)
    const real = await unlessGone(realpath(join(known, file)))
    return real !== undefined && isWithin(known, real) ? real : undefined
  }
  const mustBeInside = async (file: string): Promise<string> => {
    const real = await inside(file)
    if (real === undefined) throw goneFile(name, file)
    return real
  }
  return {
    name,
    async *list(plan, tell) {
      yield* listBelow(await rootOf(name), plan, tell)
    },
    async look(file) {
      const real = await inside(file)
      const facts = real === undefined ? undefined : await unlessGone(stat(real))
      return facts?.isFile() === true ? entryOf(file, facts) : undefined
    },
    async *read(file) {
      yield* piecesOf(await mustBeInside(file))
    },
    whereOnDisk: mustBeInside,
  }
}

async function* listBelow(root: string, plan: ListingPlan, tell: (odd: OddEntry) => void): AsyncGenerator<FolderEntry, void, undefined> {
  const folders = [plan.base]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const within = folder === '' ? '' : `${folder}/`
    for await (const entries of chunksOf(root, folder)) {
      const files: Dirent[] = []
      for (const entry of entries) {
        const path = within + entry.name
        if (entry.isDirectory()) {
          if (plan.enters(path)) folders.push(path)
        } else if (plan.takes(path) || (entry.isSymbolicLink() && plan.enters(path))) files.push(entry)
      }
      const found = await Promise.all(files.map((entry) => lookAt(root, within + entry.name, entry, plan)))
      for (const each of found) {
        if (each === undefined) continue
        if ('why' in each) tell(each)
        else yield each
      }
    }
  }
}

/** The entries of a folder, some at a time. One that has gone since it was seen has none. */
async function* chunksOf(root: string, folder: string): AsyncGenerator<readonly Dirent[], void, undefined> {
  try {
    let some: Dirent[] = []
    for await (const entry of await opendir(join(root, folder), { bufferSize: 1_024 })) {
      some.push(entry)
      if (some.length < atOnce) continue
      yield some
      some = []
    }
    yield some
  } catch (thrown) {
    if (isGone(thrown)) return
    throw unreadable(join(root, folder), thrown)
  }
}

async function lookAt(root: string, path: string, entry: Dirent, plan: ListingPlan): Promise<FolderEntry | OddEntry | undefined> {
  const odd = (why: OddEntry['why']): OddEntry => ({ path: printable(path), why })
  if (entry.name.includes('\uFFFD') && !(await isUtf8(root, path))) return odd('its name is not UTF-8')
  const fault = faultOfName(path)
  if (fault !== undefined) return odd(fault)
  if (!entry.isSymbolicLink()) {
    const facts = await unlessGone(lstat(join(root, path)))
    if (facts === undefined) return undefined
    return facts.isFile() ? entryOf(path, facts) : odd('it is not a file')
  }
  const real = await unlessGone(realpath(join(root, path)))
  const facts = real === undefined ? undefined : await unlessGone(stat(real))
  if (real === undefined || facts === undefined) return plan.takes(path) ? odd('it is a link to nothing') : undefined
  if (facts.isDirectory()) return odd('it is a link to a folder')
  if (!plan.takes(path)) return undefined
  if (!isWithin(root, real)) return odd('it is a link that leads out of the folder')
  return facts.isFile() ? entryOf(path, facts) : odd('it is not a file')
}

/** Node puts U+FFFD for bytes that are not UTF-8; a name may also have that character. */
async function isUtf8(root: string, path: string): Promise<boolean> {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const names = await readdir(Buffer.from(join(root, path, '..')), { encoding: 'buffer' }).catch(() => [])
  return names.some((bytes) => bytes.equals(Buffer.from(name)))
}

const entryOf = (path: string, { size, mtimeMs, ctimeMs, ino }: Stats): FolderEntry => ({
  path,
  bytes: size,
  modified: Math.floor(mtimeMs),
  touched: Math.floor(Math.max(mtimeMs, ctimeMs)),
  mark: markOf({ ino, ctimeMs }),
})

/** @throws `file.missing`: what was there and is not any more must not look like a folder whose files have gone */
async function rootOf(name: string): Promise<string> {
  try {
    const root = await realpath(name)
    if ((await stat(root)).isDirectory()) return root
  } catch (thrown) {
    if (!isGone(thrown)) throw unreadable(name, thrown)
  }
  throw fileErrors.missing(`There is no folder ${name}`, {
    facts: { folder: name },
    next: 'Make it, or correct the folder of the source. Nothing that was read of it is taken for vanished.',
  })
}

function isWithin(root: string, path: string): boolean {
  const below = relative(root, path)
  return below !== '' && below !== '..' && !below.startsWith(`..${sep}`) && !isAbsolute(below)
}

async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (thrown) {
    if (isGone(thrown)) return undefined
    throw unreadable(thrown instanceof Error && 'path' in thrown ? String(thrown.path) : 'a file', thrown)
  }
}
