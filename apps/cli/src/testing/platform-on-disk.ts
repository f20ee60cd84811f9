import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { installed } from '@sluice/core/testing/installed'
import { copyOfEmptyCluster } from '@sluice/postgres/testing'
import { keptServer } from '../chaos/kept-server.ts'
import { type Heard, hear } from './hear.ts'

const { bin, modules } = installed()

/** Longer than any command takes on a busy machine. */
const hangsAfterMs = 1_500_000

export interface Result {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A platform of its own on disk, for the command as people use it: other processes, real PostgreSQL. */
export interface PlatformOnDisk extends AsyncDisposable {
  readonly root: string
  readonly stateDir: string
  write(file: string, text: string): Promise<void>
  sluice(...args: readonly string[]): Result
  /** A command that stays up; resolves when `ready` has appeared in its output. */
  stay(ready: string, ...args: readonly string[]): Promise<StayingCommand>
  /** The same in a terminal: what is written to its standard input is what a person types. */
  stayInTerminal(ready: string, ...args: readonly string[]): Promise<StayingCommand>
}

export interface StayingCommand extends Pick<Heard, 'output' | 'says'> {
  readonly child: ChildProcess
  /** Exit code after the signal. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

/**
 * @param options.server `none`: each command makes, starts and stops its own PostgreSQL, as when nothing runs. `kept` (default): it runs
 * from here on, as while another command does, which spares each command the start. @param options.env of its commands, besides
 */
export async function platformOnDisk(
  files: Readonly<Record<string, string>>,
  options: { readonly server?: 'none' | 'kept'; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<PlatformOnDisk> {
  // A blank in the path, since people have them.
  const root = join(await realpath(await mkdtemp(join(tmpdir(), 'sluice-cli-'))), 'my platform')
  const stateDir = join(root, '.sluice')
  const write = async (file: string, text: string): Promise<void> => {
    // A state that others may enter is refused.
    if (file.startsWith('.sluice/')) await mkdir(stateDir, { recursive: true, mode: 0o700 })
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), text)
  }
  await mkdir(root, { recursive: true })
  await symlink(modules, join(root, 'node_modules'))
  await write('package.json', '{ "type": "module" }')
  for (const [file, text] of Object.entries(files)) await write(file, text)

  const postgres = join(stateDir, 'postgres')
  const server = options.server === 'none' ? undefined : await copyOfEmptyCluster(postgres).then(() => keptServer(postgres))

  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:SLUICE_|npm_)/.test(name)))
  const env = { ...own, NO_COLOR: '1', SLUICE_WORKERS: '1', ...options.env }
  const sluice = (...args: readonly string[]): Result => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
      cwd: root,
      env,
      encoding: 'utf8',
      timeout: hangsAfterMs,
    })
    return { status, stdout, stderr }
  }
  const staying = new Set<StayingCommand>()
  const kept = async (ready: string, child: ChildProcess): Promise<StayingCommand> => {
    const command = await start(ready, child)
    staying.add(command)
    return command
  }
  return {
    root,
    stateDir,
    write,
    sluice,
    stay: (ready, ...args) => kept(ready, spawn(process.execPath, [bin, ...args], { cwd: root, env, stdio: 'pipe' })),
    stayInTerminal: (ready, ...args) => {
      const typed = [process.execPath, bin, ...args].map((word) => `'${word}'`).join(' ')
      return kept(ready, spawn('script', ['-qfec', typed, '/dev/null'], { cwd: root, env: { ...env, TERM: 'xterm' }, stdio: 'pipe' }))
    },
    [Symbol.asyncDispose]: async () => {
      for (const command of staying) await command.end('SIGTERM')
      await server?.stop()
      await rm(dirname(root), { recursive: true, force: true })
    },
  }
}

async function start(ready: string, child: ChildProcess): Promise<StayingCommand> {
  const { ended, ...heard } = hear(child)
  await heard.says(ready)
  return {
    ...heard,
    child,
    end: (signal) => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      return ended
    },
  }
}
