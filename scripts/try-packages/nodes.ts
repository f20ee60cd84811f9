/** Versions of Node, as npm brings them. */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The newest Node of a major version, installed once beside the cache. @returns the program */
export async function nodeOfMajor(major: number, cache: string): Promise<string> {
  const folder = join(`${cache}-node`, String(major))
  const program = join(folder, `node_modules/node-${process.platform}-${process.arch}/bin/node`)
  if (existsSync(program)) return program
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  await run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', `node-${process.platform}-${process.arch}@${major}`], {
    cwd: folder,
  })
  return program
}
