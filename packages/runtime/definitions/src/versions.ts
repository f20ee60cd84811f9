import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { mkdir, readdir, readlink, realpath, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { type ProjectFile, projectFiles, versionOf } from './project-files.ts'
import { withSourceMap } from './source-map.ts'

export interface Version {
  readonly version: string
  /** Real path of the copy: `<stateDir>/versions/<version>/<folder name>`. */
  readonly versionDir: string
  readonly files: readonly ProjectFile[]
}

/** Of the sources as they are now; nothing is copied. */
export const versionOfFolder = async (projectDir: string): Promise<string> =>
  versionOf(basename(projectDir), await projectFiles(projectDir))

const versionsIn = (stateDir: string): string => join(stateDir, 'versions')

/**
 * Copies the sources of a project, so that a run keeps the code that it began with while the project is edited. What is copied is what was
 * hashed, and TypeScript says at its end which file it is of. The copy appears whole or not at all: it is written beside its place and
 * renamed. A copy that exists is used as it is.
 */
export async function copyVersion(options: {
  readonly root: string
  readonly projectDir: string
  readonly stateDir: string
}): Promise<Version> {
  const folder = basename(options.projectDir)
  const files = await projectFiles(options.projectDir)
  const version = versionOf(folder, files)
  const versions = versionsIn(options.stateDir)
  await prepare(versions, options.root)
  const target = join(versions, version)
  if (!(await exists(target))) await write(versions, target, folder, options.projectDir, files)
  return { version, versionDir: join(await realpath(target), folder), files }
}

async function write(versions: string, target: string, folder: string, projectDir: string, files: readonly ProjectFile[]): Promise<void> {
  const aside = join(versions, `.writing-${randomUUID()}`)
  await mkdir(join(aside, folder), { recursive: true })
  // Debuggers go by real paths. A relative one holds when the folder of the platform is moved with its state.
  const [from, to] = [join(await realpath(versions), basename(target), folder), await realpath(projectDir)]
  for (const below of new Set(files.map(({ path }) => dirname(path)))) mkdirSync(join(aside, folder, below), { recursive: true })
  // Not one after another in threads: 300 small files take 15 ms like this, and 300 ms like that on a busy machine.
  for (const { path, content } of files) {
    const original = relative(dirname(join(from, path)), join(to, path))
    writeFileSync(join(aside, folder, path), path.endsWith('.ts') ? withSourceMap(textOf(content), addressOf(original)) : content)
  }
  // Packages of this project alone, which npm could not hoist.
  const own = join(projectDir, 'node_modules')
  if (await exists(own)) await symlink(own, join(aside, folder, 'node_modules'), 'junction')
  try {
    await rename(aside, target)
  } catch (error) {
    await rm(aside, { recursive: true, force: true })
    // Another process was faster. Its copy has the same bytes.
    if (!(await exists(target))) throw error
  }
}

const textOf = (content: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(content)

const addressOf = (path: string): string => path.split(sep).map(encodeURIComponent).join('/')

/** A copy finds `sluice` and other packages through `versions/node_modules`, wherever the state directory is. */
async function prepare(versions: string, root: string): Promise<void> {
  // It may be the first thing in the folder of the state, which is its owner's alone.
  await mkdir(versions, { recursive: true, mode: 0o700 })
  await writeFile(join(versions, 'package.json'), '{ "type": "module" }\n')
  const link = join(versions, 'node_modules')
  const target = join(root, 'node_modules')
  if ((await readlink(link).catch(() => null)) === target) return
  await rm(link, { recursive: true, force: true })
  await symlink(target, link, 'junction').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}

const abandonedMs = 3_600_000

/**
 * Removes the versions that `keep` does not name, and copies that were left half-written more than an hour ago. Returns the versions that
 * were removed. The caller knows which versions runs still refer to.
 */
export async function pruneVersions(stateDir: string, keep: readonly string[]): Promise<readonly string[]> {
  const versions = versionsIn(stateDir)
  const removed: string[] = []
  for (const name of await readdir(versions).catch(() => [])) {
    const path = join(versions, name)
    if (/^[0-9a-f]{16}$/.test(name) && !keep.includes(name)) {
      await rm(path, { recursive: true, force: true })
      removed.push(name)
    } else if (name.startsWith('.writing-') && (await stat(path)).mtimeMs < Date.now() - abandonedMs) {
      await rm(path, { recursive: true, force: true })
    }
  }
  return removed
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )
