import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { installed } from '@sluice/core/testing/installed'

/** A platform's folder on the real disk, in a path with a space, that finds what people install. */
export async function temporaryRoot(files: Readonly<Record<string, string>>) {
  const outer = await realpath(await mkdtemp(join(tmpdir(), 'sluice load-')))
  const root = join(outer, 'a platform')
  await mkdir(root)
  await symlink(installed().modules, join(root, 'node_modules'))
  const write = async (more: Readonly<Record<string, string>>): Promise<void> => {
    for (const [path, text] of Object.entries(more)) {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), text)
    }
  }
  await write({ 'package.json': '{ "type": "module" }', ...files })
  return { root, write, remove: () => rm(outer, { recursive: true, force: true }) }
}
