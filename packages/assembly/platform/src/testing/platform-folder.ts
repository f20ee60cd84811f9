import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const workspace = fileURLToPath(new URL('../../../../../', import.meta.url))

export interface PlatformFolder extends AsyncDisposable {
  readonly root: string
  /** Default of the settings. */
  readonly stateDir: string
}

/** A new folder of a platform, with copies of projects. @param settings of the platform, which takes any free port unless given one */
export async function platformFolder(projects: readonly string[], settings: object = {}): Promise<PlatformFolder> {
  // A blank in the path, since people have them.
  const root = await mkdtemp(join(tmpdir(), 'sluice platform '))
  const folders = projects.map((dir) => `projects/${basename(dir)}`)
  await mkdir(join(root, 'projects'))
  for (const dir of projects) {
    const isSource = (path: string): boolean => !/^node_modules$|\.test\.ts$/.test(basename(path))
    await cp(dir, join(root, 'projects', basename(dir)), { recursive: true, filter: isSource })
  }
  await symlink(join(workspace, 'node_modules'), join(root, 'node_modules'))
  await writeFile(join(root, 'package.json'), '{ "type": "module" }')
  await writeFile(
    join(root, 'sluice.config.ts'),
    `import { platform } from 'sluice'\nexport default platform(${JSON.stringify({ projects: folders, port: 0, ...settings })})\n`,
  )
  return {
    root,
    stateDir: join(root, '.sluice'),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}
