import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const workspace = fileURLToPath(import.meta.resolve('../../../../'))

/** What people have after `npm install sluice`, of the sources as they are: made at the first question of a run of tests. */
export const installed = (() => {
  const memo = join(process.env.SLUICE_TEST_FOLDER ?? '', 'built')
  if (!existsSync(memo)) {
    writeFileSync(`${memo}.${process.pid}`, execFileSync(process.execPath, [join(workspace, 'scripts/suite/built.ts')]))
    // Whole at once: files of tests run side by side.
    renameSync(`${memo}.${process.pid}`, memo)
  }
  const modules = readFileSync(memo, 'utf8')
  return {
    /** The folder that is to be `node_modules` of a platform. */
    modules,
    /** The command. */
    bin: join(modules, 'sluice/bin/sluice.js'),
  }
})()
