import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { requestErrors } from '@sluice/core'

/** `npm install`; what it says goes to stderr. @throws `request.invalid` where it fails */
export async function installPackages(folder: string): Promise<void> {
  // npm starts other programs with the path of itself. On Windows its command cannot be started without a shell.
  const npm = process.env.npm_execpath
  const [command, ...first] = npm?.endsWith('.js') === true ? [process.execPath, npm] : [process.platform === 'win32' ? 'npm.cmd' : 'npm']
  const code = await run(command ?? 'npm', [...first, 'install', '--no-audit', '--no-fund', '--loglevel=error'], folder)
  if (code === 0) return
  throw requestErrors.invalid(`npm install failed in ${folder}`, {
    facts: { folder, code },
    next: 'The files are written. Look at what npm says above, then type "npm install" there.',
  })
}

/** A repository with nothing committed, where the folder is in none and there is git. */
export async function startRepository(folder: string): Promise<boolean> {
  if (isInRepository(folder)) return false
  return (await run('git', ['init', '--quiet'], folder)) === 0
}

const isInRepository = (folder: string): boolean =>
  existsSync(join(folder, '.git')) || (dirname(folder) !== folder && isInRepository(dirname(folder)))

/** The exit code; `null` where there is no such program. */
const run = (command: string, args: readonly string[], cwd: string): Promise<number | null> =>
  new Promise((resolve) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 2, 2], shell: command.endsWith('.cmd') })
    child.on('error', () => resolve(null)).on('close', resolve)
  })
