import { type ExecFileSyncOptions, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'vitest'

/** Another implementation of Delta, in a folder of its own that later runs use again. */
export interface Installation {
  /** The word for `SLUICE_REQUIRE`. */
  readonly name: string
  /** What is installed, exactly; another text is another installation. */
  readonly contents: string
  /** About how much is downloaded, for whoever decides to. */
  readonly megabytes: number
  /** Fills the empty folder, and proves that the engine starts. */
  install(folder: string): void
}

const cache = resolve(import.meta.dirname, '../../../../../../node_modules/.cache/sluice')

export function folderOf({ name }: Installation): string {
  return join(cache, name)
}

function isRequired({ name }: Installation): boolean {
  return (process.env.SLUICE_REQUIRE ?? '').split(',').includes(name)
}

/**
 * Why the engine cannot be used, `undefined` when it can. It is installed only where `SLUICE_REQUIRE` names it, because nobody wants a test run that
 * downloads hundreds of megabytes or waits for a network that is not there; what was installed once is used again.
 */
export function whyAbsent(installation: Installation): string | undefined {
  const folder = folderOf(installation)
  const seal = join(folder, 'installed.txt')
  if (existsSync(seal) && readFileSync(seal, 'utf8') === installation.contents) return undefined
  if (!isRequired(installation)) {
    return `${installation.contents} is not installed; SLUICE_REQUIRE=${installation.name} installs it (about ${installation.megabytes} MB)`
  }
  try {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    installation.install(folder)
    writeFileSync(seal, installation.contents)
    return undefined
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    return `${installation.contents} cannot be installed: ${message.split('\n').slice(0, 3).join(' ')}`
  }
}

/** Whether the tests of an engine run; where they cannot, one test says so and how many they are, or fails where the engine is required. */
export function isThere(installation: Installation, tests: number): boolean {
  const reason = whyAbsent(installation)
  if (reason === undefined) return true
  test(`${installation.name} is there`, (context) => {
    if (isRequired(installation)) throw new Error(`SLUICE_REQUIRE names ${installation.name}, but ${reason}`)
    process.stderr.write(`${tests} skipped: ${reason}\n`)
    context.skip(reason)
  })
  return false
}

export function runToInstall(command: string, args: readonly string[], options: ExecFileSyncOptions = {}): void {
  execFileSync(command, args, { stdio: 'pipe', timeout: 600_000, ...options })
}

export function pythonIn(folder: string): string {
  return join(folder, process.platform === 'win32' ? 'venv/Scripts/python.exe' : 'venv/bin/python')
}

/** A virtual environment with these packages, from wherever this machine's pip takes them. */
export function installPython(folder: string, packages: readonly string[]): void {
  runToInstall('python3', ['-m', 'venv', join(folder, 'venv')])
  runToInstall(pythonIn(folder), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages])
}
