import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { passOn } from './pass-on.ts'

export interface AskProcessOptions {
  readonly stateDir: string
  /** Kills it. */
  readonly signal: AbortSignal
  /** Of its JavaScript, MB; that of Node unless given. */
  readonly heapMb?: number
}

/** What it replied, or how it ended without a reply: `code 1`, `SIGKILL`. */
export type Asked<Reply> = { readonly reply: Reply } | { readonly ended: string }

/**
 * Asks a process of its own, which replies once and ends: what it computes and holds ends with it. What it prints to stderr is printed
 * here.
 * @param entry the address of the file that it runs
 * @throws where it cannot be started, or the signal ends it
 */
export async function askProcess<Reply extends object>(
  entry: string,
  question: object,
  { stateDir, signal, heapMb }: AskProcessOptions,
): Promise<Asked<Reply>> {
  const child = fork(fileURLToPath(entry), [], {
    ...(heapMb === undefined ? {} : { execArgv: [`--max-old-space-size=${heapMb}`] }),
    serialization: 'advanced',
    env: { ...process.env, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(stateDir, 'cache', 'compiled') },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    signal,
    killSignal: 'SIGKILL',
  })
  passOn(child)
  const exited = once(child, 'exit')
  const replied = new Promise<Asked<Reply>>((resolve) => child.once('message', (reply) => resolve({ reply: reply as Reply })))
  child.send(question)
  const asked = await Promise.race([replied, exited.then(([code, by]): Asked<Reply> => ({ ended: by ?? `code ${code}` }))])
  await exited.catch(() => undefined)
  return asked
}
