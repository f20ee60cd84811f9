import { execFile, spawn } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from '../embedded/free-port.ts'
import { withLock } from '../embedded/lock.ts'
import { ownAccount } from '../embedded/own-account.ts'
import { urlFor } from '../open-server.ts'
import type { TestServer } from './server.ts'

const run = promisify(execFile)
const folder = resolve(import.meta.dirname, '../../../../../node_modules/.cache/sluice/pgbouncer')
const isRequired = (): boolean => (process.env.SLUICE_REQUIRE ?? '').split(',').includes('pgbouncer')

/**
 * Why PgBouncer cannot be used; `undefined` when it can. Where `SLUICE_REQUIRE` names `pgbouncer` it is fetched with the package manager of
 * Debian (0.5 MB, into `node_modules/.cache`, nothing of the system changes), and then must be there.
 */
export async function whyNoPgbouncer(): Promise<string | undefined> {
  const seal = join(folder, 'installed.txt')
  const isSealed = async (): Promise<boolean> => (await readFile(seal, 'utf8').catch(() => '')) !== ''
  if (await isSealed()) return undefined
  if (!isRequired()) {
    const reason = 'PgBouncer is not installed; SLUICE_REQUIRE=pgbouncer fetches it from Debian (0.5 MB)'
    process.stderr.write(`skipped: ${reason}\n`)
    return reason
  }
  await mkdir(resolve(folder, '..'), { recursive: true })
  await withLock(`${folder}.lock`, 120_000, async () => {
    if (await isSealed()) return
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder)
    await fetchPackage('pgbouncer')
    const { stdout } = await run('dpkg-deb', ['-f', (await packages())[0] ?? '', 'Depends'], { cwd: folder })
    for (const [name] of stdout.matchAll(/\blib(?:event|c-ares)[\w.-]*/g)) await fetchPackage(name)
    for (const file of await packages()) await run('dpkg-deb', ['-x', file, '.'], { cwd: folder })
    await writeFile(seal, (await run(program, ['--version'], { env: await environment() })).stdout)
  })
  return undefined
}

const program = join(folder, 'usr/sbin/pgbouncer')
const packages = async (): Promise<string[]> => (await readdir(folder)).filter((file) => file.endsWith('.deb'))
const fetchPackage = (name: string): Promise<unknown> => run('apt-get', ['download', name], { cwd: folder })

async function environment(): Promise<NodeJS.ProcessEnv> {
  const lib = join(folder, 'usr/lib')
  const triplets = (await readdir(lib)).filter((name) => name.includes('-linux-'))
  return { ...process.env, LD_LIBRARY_PATH: triplets.map((name) => join(lib, name)).join(':') }
}

export interface Pooler extends AsyncDisposable {
  url(database: string): string
}

/** A PgBouncer in front of a server, with these lines of configuration. It ends with the test. */
export async function startPgbouncer(server: TestServer, settings: Readonly<Record<string, string>>): Promise<Pooler> {
  const port = await freePort()
  const config = join(tmpdir(), `pgbouncer-${port}.ini`)
  const { user, password } = server.superuser
  const lines = { listen_addr: '127.0.0.1', listen_port: String(port), unix_socket_dir: '', auth_type: 'any', ...settings }
  await writeFile(
    config,
    `[databases]\n* = host=127.0.0.1 port=${server.port} user=${user} password=${password}\n[pgbouncer]\n${Object.entries(lines)
      .map(([name, value]) => `${name} = ${value}`)
      .join('\n')}\n`,
  )
  await chmod(config, 0o644)
  const account = process.getuid?.() === 0 ? await ownAccount(config) : undefined
  const child = spawn(program, ['-q', config], { stdio: 'ignore', env: await environment(), ...account })
  const ended = new Promise<void>((done) => child.once('exit', () => done()))
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`PgBouncer ended with ${child.exitCode}`)
    await delay(20)
  }
  return {
    url: (database) => urlFor(`postgres://any@127.0.0.1:${port}/any`, database),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

const answers = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => done(true)).once('error', () => done(false))
    socket.once('connect', () => socket.destroy())
  })
