import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

const cache = resolve(import.meta.dirname, '../../../node_modules/.cache/sluice/peers')

/**
 * The Python of a virtual environment with these packages, from the index that pip of this machine uses. It is kept for later runs; other
 * packages are another environment.
 * @throws the end of what pip said
 */
export async function pythonWith(name: string, packages: readonly string[]): Promise<string> {
  const folder = join(cache, name)
  const python = join(folder, 'venv/bin/python')
  const seal = join(folder, 'installed.txt')
  const contents = packages.join('\n')
  if (existsSync(python) && (await readFile(seal, 'utf8').catch(() => '')) === contents) return python
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await run('python3', ['-m', 'venv', join(folder, 'venv')])
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages])
  await writeFile(seal, contents)
  return python
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 1_800_000 })
  let said = ''
  const hear = (text: Buffer) => {
    said = (said + text.toString()).slice(-500)
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const code = await new Promise((done, failed) => child.once('error', failed).once('close', done))
  if (code !== 0) throw new Error(said.trim() || `${command} ended with ${String(code)}`)
}
