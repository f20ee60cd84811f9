import { type ChildProcess, fork } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { killGroup, killProcessesOf } from '@sluice/process'
import type { ProcessEnd } from '../plan/how-it-ended.ts'
import { lastWords } from './last-words.ts'
import { oomKills } from './oom-kills.ts'
import { OutputFile } from './output-file.ts'
import type { FromWorker, ToWorker, WorkerOptions } from './worker-protocol.ts'

/** A process that has ended, with what it leaves to be told. */
export interface EndedChild extends ProcessEnd {
  /** What it printed outside of logs and did not tell itself. */
  readonly rest: readonly string[]
}

/** A worker process as its supervisor holds it. */
export interface WorkerChild {
  readonly pid: number
  send(message: ToWorker): void
  kill(): void
  /** Resolves when it has ended, and with it all that it and its tasks have started. */
  readonly ended: Promise<EndedChild>
}

export interface ChildOptions {
  readonly options: WorkerOptions
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly onMessage: (message: FromWorker) => void
  readonly onError: (error: Error) => void
}

/**
 * Starts a worker process in a session of its own: the terminal's signals reach the supervisor alone, and its group is killed as a whole.
 * Its standard output and error are one file that has no name, read by the process itself and, once it has ended, by the supervisor: what
 * was printed before a kill is there.
 */
export function startWorkerChild({ options, environment, onMessage, onError }: ChildOptions): WorkerChild {
  const cache = join(options.stateDir, 'cache')
  const fd = unnamedFile(cache, `output.${options.mark}`)
  const words = unnamedFile(cache, `words.${options.mark}`)
  const child = fork(fileURLToPath(import.meta.resolve('@sluice/engine/worker')), [], {
    // Node would print the address of a debugger as if a task had; the supervisor tells it.
    execArgv: options.debuggerPort === null ? [] : ['--inspect-publish-uid=http'],
    detached: true,
    serialization: 'advanced',
    // Compiled code is kept: a worker is ready in 250 ms instead of 600 ms.
    env: { ...environment, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(options.stateDir, 'cache', 'compiled') },
    // Its last words are descriptor `lastWordsFd`.
    stdio: ['ignore', fd, fd, 'ipc', words],
  })
  const oomKillsBefore = oomKills()
  let told = 0
  let hasChildren = false
  child.on('error', onError)
  child.on('message', (message: FromWorker) => {
    if (message.kind === 'printed') told = message.at
    if (message.kind === 'children') hasChildren = true
    onMessage(message)
  })
  const ended = endOf(child).then(({ code, signal }): EndedChild => {
    // Before anything else: a retry must not run beside what its past has started.
    killGroup(child.pid ?? 0)
    if (hasChildren) killProcessesOf(options.mark)
    const rest = [...new OutputFile(fd, told).lines(true)]
    closeSync(fd)
    return { code, signal, outOfMemory: signal === 'SIGKILL' && oomKills() > oomKillsBefore, own: lastWords(words), rest }
  })
  const send = (message: ToWorker): void => {
    if (child.connected) child.send(message, () => undefined)
  }
  send({ kind: 'start', options })
  return { pid: child.pid ?? 0, send, kill: () => child.kill('SIGKILL'), ended }
}

/** Both its exit and the last of its messages have come. */
async function endOf(child: ChildProcess): Promise<{ readonly code: number | null; readonly signal: string | null }> {
  const disconnected = new Promise<void>((resolve) => child.once('disconnect', resolve))
  const end = await new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    // It could not be started: there is no exit.
    child.once('error', () => child.pid === undefined && resolve({ code: null, signal: null }))
  })
  if (child.connected) await disconnected
  return end
}

function unnamedFile(dir: string, name: string): number {
  mkdirSync(dir, { recursive: true })
  const path = join(dir, name.replaceAll('/', '.'))
  const fd = openSync(path, 'a+', 0o600)
  rmSync(path)
  return fd
}
