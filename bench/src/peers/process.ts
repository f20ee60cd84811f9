import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { undo } from '../scratch.ts'

export type Environment = Readonly<Record<string, string>>

export interface Started extends AsyncDisposable {
  readonly child: ChildProcess
  /** What it says on stderr. */
  readonly log: string
}

/** A process of a peer, with all that it starts in one group. It ends with the benchmark. */
export function startProcess(command: string, args: readonly string[], env: Environment, log: string): Started {
  const child = spawn(command, args, {
    detached: true,
    stdio: ['pipe', 'pipe', openSync(log, 'a')],
    env: { ...process.env, ...env },
  })
  const ended = once(child, 'close')
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
  const stop = async (): Promise<void> => {
    signal('SIGTERM')
    const late = setTimeout(() => signal('SIGKILL'), 10_000)
    await ended
    clearTimeout(late)
    signal('SIGKILL')
  }
  return { child, log, ...undo(stop) }
}

export interface Driver extends AsyncDisposable {
  /** Has the process run a workload, and waits for its answer. */
  readonly ask: (line: string) => Promise<void>
}

/** A process that answers each line with one of its own: `ready` at first, then `done`. */
export async function startDriver(python: string, script: string, env: Environment, log: string): Promise<Driver> {
  const { child, ...disposal } = startProcess(python, [script], { ...env, PYTHONUNBUFFERED: '1' }, log)
  const { stdin, stdout } = child
  if (stdin === null || stdout === null) throw new Error('the process has no pipes')
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
  const answer = async (wanted: string): Promise<void> => {
    const { value, done } = await lines.next()
    if (done || value !== wanted) throw new Error(`${script} said ${done ? 'nothing more' : `"${value}"`}: ${endOf(log)}`)
  }
  await answer('ready')
  return {
    ask: async (line) => {
      stdin.write(`${line}\n`)
      await answer('done')
    },
    ...disposal,
  }
}

/** Asks until it is answered with yes, or the process has ended. */
export async function until(what: string, { child, log }: Started, isThere: () => Promise<boolean>): Promise<void> {
  while (!(await isThere().catch(() => false))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${what} ended before it was ready: ${endOf(log)}`)
    await delay(100)
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port is free')
  return address.port
}

/** The folder goes with the benchmark, and the log with it. */
const endOf = (log: string): string => readFileSync(log, 'utf8').slice(-1_000).trim()
