import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { installed } from '@sluice/core/testing/installed'

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
  for (const dir of projects) await copySources(dir, join(root, 'projects', basename(dir)))
  await writeFile(
    join(root, 'sluice.config.ts'),
    `import { platform } from 'sluice'\nexport default platform(${JSON.stringify({ projects: folders, port: 0, ...settings })})\n`,
  )
  return await finished(root)
}

/** A new folder with a copy of one project at its root, which is a platform of itself. */
export async function rootProjectFolder(project: string): Promise<PlatformFolder> {
  const root = await mkdtemp(join(tmpdir(), 'sluice project '))
  await copySources(project, root)
  return await finished(root)
}

const copySources = (from: string, to: string): Promise<void> =>
  cp(from, to, { recursive: true, filter: (path) => !/^node_modules$|^package\.json$|\.test\.ts$/.test(basename(path)) })

async function finished(root: string): Promise<PlatformFolder> {
  await symlink(installed().modules, join(root, 'node_modules'))
  await writeFile(join(root, 'package.json'), '{ "type": "module" }')
  return {
    root,
    stateDir: join(root, '.sluice'),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}
