import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { requestErrors } from '@sluice/core'
import { fetchedIn, progressLine } from './fetched.ts'

/**
 * `npm install`; what it says goes to stderr, and how far it is, where that is a terminal.
 * @param sluice the version that the project depends on
 * @throws `request.invalid` where it fails, and where no registry has that version
 */
export async function installPackages(folder: string, sluice: string): Promise<void> {
  // npm starts other programs with the path of itself. On Windows its command cannot be started without a shell.
  const npm = process.env.npm_execpath
  const [command, ...first] = npm?.endsWith('.js') === true ? [process.execPath, npm] : [process.platform === 'win32' ? 'npm.cmd' : 'npm']
  const shows = process.stderr.isTTY === true
  const args = [...first, 'install', '--no-audit', '--no-fund', '--no-progress', `--loglevel=${shows ? 'http' : 'error'}`]
  const code = await run(command ?? 'npm', args, folder, shows ? showProgress : undefined)
  if (code === 0) return
  if (await isUnknown(command ?? 'npm', [...first, 'view', `sluice@${sluice}`, 'version', '--json'], folder)) {
    throw requestErrors.invalid(`the registry of npm has no sluice ${sluice}: this version is not published`, {
      facts: { folder, sluice },
      next: 'The files are written. Name what there is under "sluice" in package.json: a version, or the path of a packed file (--sluice FILE), then type "npm install" there.',
    })
  }
  throw requestErrors.invalid(`npm install failed in ${folder}`, {
    facts: { folder, code },
    next: 'The files are written. Look at what npm says above, then type "npm install" there.',
  })
}

/** Whether the registry answers that it has no such version: one that does not answer has not said so. */
const isUnknown = (command: string, args: readonly string[], cwd: string): Promise<boolean> =>
  new Promise((resolve) => {
    execFile(command, args, { cwd, shell: command.endsWith('.cmd') }, (failed, said) =>
      resolve(failed === null ? said.trim() === '' : /"code": *"E404"/.test(said)),
    )
  })

/** A repository with nothing committed, where the folder is in none and there is git. */
export async function startRepository(folder: string): Promise<boolean> {
  if (isInRepository(folder)) return false
  return (await run('git', ['init', '--quiet'], folder)) === 0
}

const isInRepository = (folder: string): boolean =>
  existsSync(join(folder, '.git')) || (dirname(folder) !== folder && isInRepository(dirname(folder)))

/** The exit code; `null` where there is no such program. */
const run = (command: string, args: readonly string[], cwd: string, read?: (said: Readable) => void): Promise<number | null> =>
  new Promise((resolve) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 2, read === undefined ? 2 : 'pipe'], shell: command.endsWith('.cmd') })
    if (child.stderr !== null) read?.(child.stderr)
    child.on('error', () => resolve(null)).on('close', resolve)
  })

/** One line that says how far npm is, renewed each second; what else it says stays above it. */
function showProgress(said: Readable): void {
  const begun = performance.now()
  const take = fetchedIn()
  let answers = 0
  const draw = (others = ''): void => {
    const seconds = Math.floor((performance.now() - begun) / 1_000)
    process.stderr.write(`\r\u001b[2K${others}${progressLine(answers, seconds)}`)
  }
  const renewed = setInterval(() => draw(), 1_000)
  said
    .setEncoding('utf8')
    .on('data', (piece: string) => {
      const fetched = take(piece)
      answers = fetched.answers
      draw(fetched.others)
    })
    .on('close', () => {
      clearInterval(renewed)
      process.stderr.write('\n')
    })
}
