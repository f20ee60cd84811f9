/**
 * `node scripts/release/publish.ts DIR`: publishes what `release:check --out` has gathered, in its order, with provenance. What the
 * registry has already is left out, so that a release that broke off is carried on by running it again. Imports nothing but Node: the job
 * that may publish installs no packages.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

interface Manifest {
  readonly name: string
  readonly version: string
}

const folder = process.argv[2]
if (folder === undefined) throw new Error('publish.ts DIR: the folder that "npm run release:check -- TAG --out DIR" has filled')

for (const file of readFileSync(join(folder, 'order.txt'), 'utf8').trim().split('\n')) {
  const path = resolve(folder, file)
  const { name, version } = JSON.parse(execFileSync('tar', ['-xzOf', path, 'package/package.json'], { encoding: 'utf8' })) as Manifest
  if (isThere(name, version)) {
    console.log(`${name} ${version} is there already`)
    continue
  }
  // A preview must not become what "npm install" takes.
  const channel = version.includes('-') ? 'next' : 'latest'
  execFileSync('npm', ['publish', path, '--provenance', '--access=public', `--tag=${channel}`], { stdio: 'inherit' })
}

/** What cannot be told (no network, no such package yet) is for `npm publish` to say. */
function isThere(name: string, version: string): boolean {
  const { status, stdout } = spawnSync('npm', ['view', `${name}@${version}`, 'version'], { encoding: 'utf8' })
  return status === 0 && stdout.trim() === version
}
