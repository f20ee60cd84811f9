import { lstat, mkdir, readFile, rm, symlink } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'

interface Link {
  readonly source: string
  readonly target: string
}

/**
 * npm tarballs hold no symbolic links, so the platform package lists them in `native/pg-symlinks.json` and makes them in an install
 * script, which many installers block. Makes what is missing; where `native/` cannot be written, the links go to `cache`. Returns the
 * variables the binaries need.
 */
export async function libraryEnvironment(native: string, cache: string): Promise<Record<string, string>> {
  const root = dirname(native)
  const links = await listed(join(native, 'pg-symlinks.json'))
  const missing: Link[] = []
  for (const link of links) if (!(await present(join(root, link.target)))) missing.push(link)
  if (missing.length === 0) return {}
  try {
    for (const { source, target } of missing) {
      const at = join(root, target)
      await makeLink(relative(dirname(at), join(root, source)), at)
    }
    return {}
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && ['EROFS', 'EACCES', 'EPERM'].includes(String(error.code)))) throw error
    await mkdir(cache, { recursive: true, mode: 0o700 })
    for (const { source, target } of links) await makeLink(resolve(root, source), join(cache, basename(target)))
    // The libraries look for each other beside the path they were found under: the package's own folder must be named as well.
    return { [process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH']: `${cache}:${join(native, 'lib')}` }
  }
}

async function listed(file: string): Promise<Link[]> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Link[]
  } catch {
    return []
  }
}

const present = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  )

/** Several first starts may meet here: a link that another process has just made is as good as ours. */
async function makeLink(to: string, at: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await symlink(to, at)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST') || attempt === 3) throw error
      if ((await lstat(at)).isSymbolicLink()) return
      await rm(at, { force: true })
    }
  }
}
