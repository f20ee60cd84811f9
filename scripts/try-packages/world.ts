/** An empty folder of an ordinary user, in which the packages are used as people use them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, chownSync, cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join } from 'node:path'
import { manifestIn } from '../pack/tarball.ts'
import { nodeOfMajor } from './nodes.ts'
import { startRegistry } from './registry.ts'

export interface RunOptions {
  /** Default: the empty folder. */
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** The major version of the Node that stands first in PATH; without it the system's. */
  readonly node?: number
  /** What is typed. */
  readonly input?: string
}

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface World extends AsyncDisposable {
  /** Empty at first; its path has a space. */
  readonly folder: string
  /** The tarballs, by the name of the package, where the ordinary user may read them. */
  readonly tarballs: Readonly<Record<string, string>>
  readonly versions: Readonly<Record<string, string>>
  /** Runs a command to its end, whatever that is. */
  end(command: string, args: readonly string[], options?: RunOptions): Promise<Ended>
  /** Runs a command that must succeed, and gives what it printed. @throws with all that it printed */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<string>
  /** Starts a command that stays up. It ends with the world at the latest, and everything that it started. */
  launch(command: string, args: readonly string[], options?: RunOptions): ChildProcess
  /** A folder below the empty one, which belongs to the user. */
  makeFolder(name: string): string
  tell(line: string): void
}

/** Under root everything runs as this one; `nobody` has an account on each system. */
const nobody = 65_534

export async function openWorld(tarballs: ReadonlyMap<string, string>, tell: (line: string) => void): Promise<World> {
  const own = process.getuid?.() ?? 0
  const user = own === 0 ? { uid: nobody, gid: nobody } : undefined
  const scratch = mkdtempSync(join(tmpdir(), 'sluice try-'))
  const [folder, home, shop] = ['an empty folder', 'home', 'tarballs'].map((name) => join(scratch, name)) as [string, string, string]
  // Kept between runs: what npm brings is some 150 MB.
  const cache = join(tmpdir(), `sluice-try-npm-${user?.uid ?? own}`)
  chmodSync(scratch, 0o755)
  const makeOwn = (path: string): string => {
    mkdirSync(path, { recursive: true })
    if (user !== undefined) chownSync(path, user.uid, user.gid)
    return path
  }
  for (const path of [folder, home, cache]) makeOwn(path)
  mkdirSync(shop)
  const copies = [...tarballs].map(([name, path]) => [name, join(shop, basename(path))] as const)
  for (const [name, copy] of copies) cpSync(tarballs.get(name) ?? '', copy)

  const upstream = process.env.npm_config_registry ?? 'https://registry.npmjs.org/'
  const registry = await startRegistry(
    copies.map(([, copy]) => copy),
    upstream,
  )
  const environment = async ({ env = {}, node }: RunOptions): Promise<Record<string, string>> => ({
    PATH: [...(node === undefined ? [] : [dirname(await nodeOfMajor(node, cache))]), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
    HOME: home,
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    npm_config_registry: registry.url,
    npm_config_cache: cache,
    npm_config_prefer_offline: 'true',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
    ...env,
  })
  const launched = new Set<ChildProcess>()
  const start = (command: string, args: readonly string[], env: Record<string, string>, options: RunOptions): ChildProcess => {
    const child = spawn(command, args, { cwd: options.cwd ?? folder, env, ...user, stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    launched.add(child)
    child.once('exit', () => launched.delete(child))
    return child
  }
  const end = async (command: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> => {
    const child = start(command, args, await environment(options), options)
    const [stdout, stderr] = [collected(child.stdout), collected(child.stderr)]
    // A command that reads nothing may have ended before it is told that there is nothing.
    child.stdin?.on('error', () => undefined).end(options.input ?? '')
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('close', resolve)
      child.once('error', reject)
    })
    return { code, stdout: stdout(), stderr: stderr() }
  }
  const known = new Map<number | undefined, Record<string, string>>()
  for (const node of [undefined, 22, 24]) known.set(node, await environment(node === undefined ? {} : { node }))
  return {
    folder,
    tarballs: Object.fromEntries(copies),
    versions: Object.fromEntries(copies.map(([name, copy]) => [name, manifestIn(copy).version])),
    tell,
    end,
    run: async (command, args, options) => {
      const { code, stdout, stderr } = await end(command, args, options)
      if (code !== 0) throw new Error(`${[command, ...args].join(' ')} ended with ${code}:\n${stdout}\n${stderr}`)
      return stdout
    },
    launch: (command, args, options = {}) => start(command, args, { ...known.get(options.node), ...options.env }, options),
    makeFolder: (name) => makeOwn(join(folder, name)),
    [Symbol.asyncDispose]: async () => {
      for (const { pid } of launched) if (pid !== undefined) killGroup(pid)
      for (const pid of processesIn(scratch)) kill(pid)
      await registry.close()
      rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
    },
  }
}

function collected(stream: NodeJS.ReadableStream | null): () => string {
  const parts: string[] = []
  stream?.on('data', (part: Buffer) => parts.push(part.toString()))
  return () => parts.join('')
}

const killGroup = (pid: number): void => kill(-pid)

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}

/** Processes that a step left behind: those that stand in the folder or name it. Only Linux tells. */
export function processesIn(folder: string): readonly number[] {
  if (!existsSync('/proc/self/cwd')) return []
  return globSync('/proc/[0-9]*').flatMap((path) => {
    try {
      const isThere = readlinkSync(join(path, 'cwd')).startsWith(folder) || readFileSync(join(path, 'cmdline'), 'utf8').includes(folder)
      return isThere && Number(basename(path)) !== process.pid ? [Number(basename(path))] : []
    } catch {
      return []
    }
  })
}
