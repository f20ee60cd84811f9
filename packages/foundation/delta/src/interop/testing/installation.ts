import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { test } from 'vitest'

/** Another implementation of Delta, in a folder of its own that later runs use again. */
export interface Installation {
  /** The name in `SLUICE_REQUIRE`. */
  readonly name: string
  /** The exact contents. Another text means another installation. */
  readonly contents: string
  /** The approximate size of the download, for the message to the user. */
  readonly megabytes: number
  /** Fills the empty folder and proves that the engine starts. */
  install(folder: string): Promise<void>
}

const cache = resolve(import.meta.dirname, '../../../../../../node_modules/.cache/sluice')

export function folderOf({ name }: Installation): string {
  return join(cache, name)
}

function isRequired({ name }: Installation): boolean {
  return (process.env.SLUICE_REQUIRE ?? '').split(',').includes(name)
}

/**
 * Why the engine cannot be used; `undefined` when it can. An engine is installed only when `SLUICE_REQUIRE` names it, because an ordinary
 * test run must not download hundreds of megabytes or wait for a network. An existing installation is always used.
 */
export async function whyAbsent(installation: Installation): Promise<string | undefined> {
  const folder = folderOf(installation)
  const seal = join(folder, 'installed.txt')
  const isSealed = () => existsSync(seal) && readFileSync(seal, 'utf8') === installation.contents
  if (isSealed()) return undefined
  if (!isRequired(installation)) {
    return `${installation.contents} is not installed; SLUICE_REQUIRE=${installation.name} installs it (about ${installation.megabytes} MB)`
  }
  try {
    return await alone(`${folder}.lock`, async () => {
      if (isSealed()) return undefined
      rmSync(folder, { recursive: true, force: true })
      mkdirSync(folder, { recursive: true })
      await installation.install(folder)
      writeFileSync(seal, installation.contents)
      return undefined
    })
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    return `${installation.contents} cannot be installed: ${message.split('\n').slice(-5).join(' ')}`
  }
}

/**
 * Holds a lock of this name between processes, because test files run side by side and may need the same engine. The lock of a dead process
 * does not count.
 */
async function alone<Result>(lock: string, run: () => Promise<Result>): Promise<Result> {
  mkdirSync(dirname(lock), { recursive: true })
  while (!took(lock)) {
    const holder = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0
    if (holder > 0 && !lives(holder)) rmSync(lock, { force: true })
    else await setTimeout(500)
  }
  try {
    return await run()
  } finally {
    rmSync(lock, { force: true })
  }
}

function took(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw cause
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Can the tests of an engine run? If not, one test reports how many are skipped, or fails when the engine is required. */
export async function isThere(installation: Installation, tests: number): Promise<boolean> {
  const reason = await whyAbsent(installation)
  if (reason === undefined) return true
  test(`${installation.name} is there`, (context) => {
    if (isRequired(installation)) throw new Error(`SLUICE_REQUIRE names ${installation.name}, but ${reason}`)
    process.stderr.write(`${tests} skipped: ${reason}\n`)
    context.skip(reason)
  })
  return false
}

/** Runs a program without input. A failure throws with the end of its output. */
export async function runToInstall(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<void> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], timeout: 900_000 })
  let said = ''
  const hear = (text: Buffer) => {
    said = (said + text.toString()).slice(-2000)
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const code = await new Promise((done, reject) => child.once('error', reject).once('close', done))
  if (code !== 0) throw new Error(`${command} failed: ${said.trim()}`)
}

export function pythonIn(folder: string): string {
  return join(folder, process.platform === 'win32' ? 'venv/Scripts/python.exe' : 'venv/bin/python')
}

/** A virtual environment with these packages, from the index that pip of this machine uses. */
export async function installPython(folder: string, packages: readonly string[]): Promise<void> {
  await runToInstall('python3', ['-m', 'venv', join(folder, 'venv')])
  await runToInstall(pythonIn(folder), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages])
}
