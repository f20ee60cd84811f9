import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installed } from '@sluice/core/testing/installed'
import { type Connection, openPool, type Pool, withSession } from '@sluice/postgres'
import { copyOfEmptyCluster } from '@sluice/postgres/testing'
import { leaseHere } from '@sluice/process/testing/lease-here'
import { keptServer } from './kept-server.ts'
import { commandOf, kill9, processesWith, until } from './processes.ts'

const workspace = fileURLToPath(new URL('../../../../', import.meta.url))
const { bin, modules } = installed()
export const projectDir = join(workspace, 'projects/crypto-coincap')

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface StartedPlatform {
  readonly child: ChildProcess
  readonly url: string
  readonly pid: number
  /** What it has written to standard error so far. */
  readonly notes: () => string
}

/** A root folder with its own state, in which the command runs as people run it: in processes of their own. */
export interface ChaosWorld extends AsyncDisposable {
  readonly root: string
  readonly stateDir: string
  /** Of its workers, unless the settings say otherwise. */
  readonly leaseMs: number
  write(file: string, text: string): Promise<void>
  /** Runs a command to its end. */
  sluice(...args: readonly string[]): Promise<Ended>
  /** Runs a command that must succeed and gives what it printed as JSON. */
  json<T>(...args: readonly string[]): Promise<T>
  /** A command on its way. */
  launch(...args: readonly string[]): ChildProcess
  /** `sluice start`, ready. */
  start(): Promise<StartedPlatform>
  /** The same as the leader of a process group of its own, as a shell starts it. */
  startAsLeader(): Promise<StartedPlatform>
  /** Pids of worker processes, whoever their parent is. */
  workers(): readonly number[]
  /** Pid of the embedded PostgreSQL; undefined when none runs. */
  postmaster(): Promise<number | undefined>
  /** Everything of this world that lives, PostgreSQL aside. */
  processes(): readonly number[]
  /** Rows from a database of the embedded server; rejects when it cannot be reached. */
  query<Row extends object>(database: string, sql: string): Promise<readonly Row[]>
  /** A session of the superuser with a database of the embedded server. */
  session<T>(database: string, act: (session: Connection) => Promise<T>): Promise<T>
}

export interface WorldOptions {
  /** Further settings of the platform. */
  readonly settings?: Readonly<Record<string, string | number>>
  readonly projects?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Leaves the making of the database cluster to the platform, as at its first start. */
  readonly withoutCluster?: boolean
  /** Its PostgreSQL runs from here on, as beside another command: for what is asked by many commands and kills none. */
  readonly keptServer?: boolean
}

export async function openWorld({
  settings = {},
  projects = [projectDir],
  env = {},
  withoutCluster = false,
  keptServer: kept = false,
}: WorldOptions = {}): Promise<ChaosWorld> {
  const root = await mkdtemp(join(tmpdir(), 'sluice-chaos-'))
  await chmod(root, 0o755)
  const stateDir = join(root, '.sluice')
  const leaseMs = leaseHere()
  const marker = `SLUICE_ROOT=${root}`
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), text)
  }
  await symlink(modules, join(root, 'node_modules'))
  await write('package.json', '{ "type": "module" }')
  const config = { projects, port: 0, workers: 2, lease: `${leaseMs}ms`, ...settings }
  await write('sluice.config.ts', `import { platform } from 'sluice'\nexport default platform(${JSON.stringify(config)})\n`)

  if (!withoutCluster) await copyOfEmptyCluster(join(stateDir, 'postgres'))
  const server = kept ? await keptServer(join(stateDir, 'postgres')) : undefined
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:SLUICE_|npm_|VITEST|NODE_OPTIONS)/.test(name)))
  const launchAs = (args: readonly string[], detached: boolean): ChildProcess =>
    spawn(process.execPath, [bin, ...args], {
      cwd: root,
      detached,
      env: { ...own, ...env, SLUICE_ROOT: root, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })

  const launch = (...args: readonly string[]): ChildProcess => launchAs(args, false)

  const sluice = async (...args: readonly string[]): Promise<Ended> => {
    const child = launch(...args)
    const [stdout, stderr] = [collected(child.stdout), collected(child.stderr)]
    const code = await ending(child)
    return { code, stdout: stdout(), stderr: stderr() }
  }
  const postmasterFile = join(stateDir, 'postgres', 'data', 'postmaster.pid')
  const postmaster = async (): Promise<number | undefined> => {
    const pid = Number((await readFile(postmasterFile, 'utf8').catch(() => '')).split('\n')[0])
    return pid > 0 && commandOf(pid).includes('postgres') ? pid : undefined
  }
  const processes = (): readonly number[] => processesWith(marker).filter((pid) => !commandOf(pid).startsWith('postgres'))

  const urlOf = async (database: string): Promise<string> => {
    const { port } = JSON.parse(await readFile(join(stateDir, 'postgres', 'server.json'), 'utf8')) as { port: number }
    const password = (await readFile(join(stateDir, 'postgres', 'password'), 'utf8')).trim()
    return `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`
  }
  // Tests look many times a second, and a password costs more than the look.
  const pools = new Map<string, Pool>()
  const poolOf = async (database: string): Promise<Pool> => {
    const url = await urlOf(database)
    const pool = pools.get(url) ?? openPool(url, { max: 1, connectTimeoutMs: 60_000 })
    pools.set(url, pool)
    return pool
  }

  return {
    root,
    stateDir,
    leaseMs,
    write,
    sluice,
    launch,
    json: async <T>(...args: readonly string[]): Promise<T> => {
      const { code, stdout, stderr } = await sluice(...args, '--json')
      if (code !== 0) throw new Error(`sluice ${args.join(' ')} ended with ${code}:\n${stderr}`)
      return JSON.parse(stdout) as T
    },
    start: async () => await started(launch('start', '--json')),
    startAsLeader: async () => await started(launchAs(['start', '--json'], true)),
    workers: () => processes().filter((pid) => commandOf(pid).includes('worker-process')),
    postmaster,
    processes,
    query: async <Row extends object>(database: string, sql: string): Promise<readonly Row[]> =>
      await (await poolOf(database)).query<Row>(sql),
    session: async <T>(database: string, act: (session: Connection) => Promise<T>): Promise<T> =>
      await withSession(await urlOf(database), act, { connectTimeoutMs: 60_000 }),
    [Symbol.asyncDispose]: async () => {
      for (const pool of pools.values()) await pool.end()
      for (const pid of processes()) kill9(pid)
      await until('the processes of the world end', () => processes().length === 0)
      await server?.stop()
      const left = await postmaster()
      if (left !== undefined) process.kill(left, 'SIGQUIT')
      await until('PostgreSQL ends', async () => (await postmaster()) === undefined)
      await rm(root, { recursive: true, force: true })
    },
  }
}

const ending = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve, reject) => {
    child.once('close', (code) => resolve(code))
    child.once('error', reject)
  })

function collected(stream: NodeJS.ReadableStream | null): () => string {
  const parts: string[] = []
  stream?.on('data', (part: Buffer) => parts.push(part.toString()))
  return () => parts.join('')
}

async function started(child: ChildProcess): Promise<StartedPlatform> {
  const [stdout, notes] = [collected(child.stdout), collected(child.stderr)]
  let ended = false
  child.once('exit', () => {
    ended = true
  })
  await until('sluice start is ready', () => ended || stdout().trimEnd().endsWith('}'))
  if (!stdout().trimEnd().endsWith('}')) throw new Error(`sluice start ended with ${child.exitCode ?? child.signalCode}:\n${notes()}`)
  const { url, pid } = JSON.parse(stdout()) as { url: string; pid: number }
  return { child, url, pid, notes }
}
