import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Installed {
  /** The folder that is to be `node_modules` of a platform. */
  readonly modules: string
  /** The command. */
  readonly bin: string
}

let known: Installed | undefined

/** What people have after `npm install sluice`, of the sources as they are: made at the first question of a run of tests. */
export function installed(): Installed {
  known ??= found()
  return known
}

function found(): Installed {
  const memo = join(process.env.SLUICE_TEST_FOLDER ?? '', 'built')
  if (!existsSync(memo)) {
    writeFileSync(`${memo}.${process.pid}`, execFileSync(process.execPath, [join(import.meta.dirname, 'built.ts')]))
    // Whole at once: files of tests run side by side.
    renameSync(`${memo}.${process.pid}`, memo)
  }
  const modules = readFileSync(memo, 'utf8')
  return { modules, bin: join(modules, 'sluice/bin/sluice.js') }
}
