import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { markVariable } from '@sluice/process'
import type { ConfigLoader, OpenConfigLoader } from './config-loader.ts'

/** What a configuration was made of when it was read. */
interface Cached {
  /** Of the surroundings: the environment, the version of Node, the packages that are installed. */
  readonly surroundings: string
  /** Files that were imported, and the text of each as a hash. */
  readonly files: readonly (readonly [path: string, hash: string])[]
  readonly value: unknown
}

/**
 * A loader that remembers what it has read: importing a configuration takes a process of its own and half a second of its time. A value
 * counts as long as each file that was imported for it, the environment and the packages are what they were. What a configuration reads
 * otherwise, such as a file by its path or the clock, is not looked at.
 * @param folder where to keep values; `null` keeps none
 */
export const cachedLoader =
  (open: OpenConfigLoader, folder: string | null, env: Readonly<Record<string, string | undefined>>): OpenConfigLoader =>
  (options) => {
    let opened: ConfigLoader | undefined
    const load: ConfigLoader['load'] = async (request) => {
      const path = folder === null ? null : join(folder, `${hashOf(request.file).slice(0, 16)}.json`)
      const surroundings = await surroundingsOf(request.file, env)
      const known = path === null ? null : await readCached(path)
      if (known !== null && known.surroundings === surroundings && (await areAsTheyWere(known.files))) {
        return { ok: true, value: known.value as never, files: known.files.map(([file]) => file) }
      }
      opened ??= open(options)
      const before = performance.timeOrigin + performance.now()
      const loaded = await opened.load(request)
      if (loaded.ok && path !== null) await keep(path, surroundings, loaded, before)
      return loaded
    }
    return {
      load,
      close: async () => {
        await opened?.close()
      },
    }
  }

/** A file that was changed while it was read is not known to be what was read. */
async function keep(
  path: string,
  surroundings: string,
  loaded: { readonly value: unknown; readonly files: readonly string[] },
  before: number,
) {
  const files = await Promise.all(loaded.files.map(async (file) => [file, await hashOfFile(file)] as const))
  const changed = await Promise.all(
    loaded.files.map(async (file) => (await stat(file).catch(() => undefined))?.mtimeMs ?? Number.POSITIVE_INFINITY),
  )
  if (changed.some((at) => at >= before)) return
  const draft = `${path}.${process.pid}`
  const cached: Cached = { surroundings, files, value: loaded.value }
  // Where there is no state yet, or one that may not be written, the next command takes its half second again, and nothing else happens.
  await mkdir(dirname(path), { mode: 0o700 })
    .catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
    .then(() => writeFile(draft, JSON.stringify(cached), { mode: 0o600 }))
    .then(() => rename(draft, path))
    .catch(() => undefined)
}

async function readCached(path: string): Promise<Cached | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Cached
  } catch {
    return null
  }
}

const areAsTheyWere = async (files: Cached['files']): Promise<boolean> =>
  (await Promise.all(files.map(async ([file, hash]) => (await hashOfFile(file)) === hash))).every(Boolean)

const hashOfFile = (file: string): Promise<string> => readFile(file).then(hashOf, () => 'gone')

const hashOf = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex')

/** Variables that a shell changes with each command, and those with which Sluice starts its own processes. */
const notCounted = new Set(['_', 'PWD', 'OLDPWD', 'SHLVL', 'COLUMNS', 'LINES', 'RANDOM', 'NODE_COMPILE_CACHE', markVariable])

async function surroundingsOf(file: string, env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const variables = Object.entries(env).filter(([name]) => !notCounted.has(name))
  return hashOf(JSON.stringify([process.version, variables.sort(), await installedAbove(dirname(file))]))
}

/** npm writes this file at each install. */
async function installedAbove(folder: string): Promise<readonly number[]> {
  const found = await stat(join(folder, 'node_modules/.package-lock.json')).catch(() => undefined)
  const own = found === undefined ? [] : [found.mtimeMs, found.size]
  return dirname(folder) === folder ? own : [...own, ...(await installedAbove(dirname(folder)))]
}
