import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { open, readFile } from 'node:fs/promises'
import type { Launch } from './run-as.ts'

/**
 * Starts one of the server's programs: own process group (Ctrl-C in the terminal does not reach it), output appended to the log, none of
 * the caller's PG* variables. The working directory is entered before rights are dropped. `exited` resolves with a short reason, also
 * when the program could not be started.
 */
export async function launch(options: {
  how: Launch
  program: string
  args: readonly string[]
  log: string
  environment: Record<string, string>
  /** Default: `/`. */
  cwd?: string
  /** A file that the program finds open as `/proc/self/fd/3`. */
  file?: number
}): Promise<{ pid: number | undefined; exited: Promise<string>; unref(): void }> {
  const { how, program, args } = options
  const [command = program, ...rest] = [...how.prefix, program, ...args]
  const log = await open(options.log, 'a', 0o600)
  const settings: SpawnOptions = {
    detached: true,
    cwd: options.cwd ?? '/',
    stdio: ['ignore', log.fd, log.fd, ...(options.file === undefined ? [] : [options.file])],
    env: options.environment,
    ...(how.drop === undefined ? {} : { uid: how.drop.uid, gid: how.drop.gid }),
  }
  try {
    const child = spawn(command, rest, settings)
    return { pid: child.pid, exited: ending(child), unref: () => child.unref() }
  } finally {
    await log.close()
  }
}

function ending(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(code === 0 ? '' : signal === null ? `exit code ${code}` : `signal ${signal}`))
  })
}

/** What the programs need of the environment: nothing of the user's PG* settings, English messages, our libraries. */
export const serverEnvironment = (libraries: Record<string, string>): Record<string, string> => ({
  PATH: process.env.PATH ?? '/usr/bin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
  ...libraries,
})

export async function logFrom(path: string, offset: number): Promise<string> {
  const whole = await readFile(path).catch(() => Buffer.alloc(0))
  return whole.subarray(Math.max(offset, whole.length - 64_000)).toString('utf8')
}
