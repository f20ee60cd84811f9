import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bugErrors, given, queryErrors, SluiceError } from '@sluice/core'
import type { PlannedSource, PreviewedSource } from '@sluice/serve'
import { passOn } from '../pass-on.ts'
import type { Look } from './look.ts'
import type { LookReply } from './look-process.ts'

/** Of its JavaScript, MB: files are read in pieces. */
const heapMb = 512

/**
 * Looks at a source in a process of its own: a file of unknown makers, or an answer without an end, costs that process. It ends with the
 * signal, and when its time is over.
 * @throws what the look throws; `query.timeout`
 */
export async function startLook(of: Look, { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal }) {
  signal.throwIfAborted()
  const { stateDir } = of.settings
  const late = AbortSignal.timeout(timeoutMs)
  const child = fork(fileURLToPath(import.meta.resolve('./look-process.ts')), [], {
    execArgv: [`--max-old-space-size=${heapMb}`],
    serialization: 'advanced',
    env: { ...process.env, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(stateDir, 'cache', 'compiled') },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    signal: AbortSignal.any([signal, late]),
    killSignal: 'SIGKILL',
  })
  passOn(child)
  const exited = once(child, 'exit')
  // Whichever is awaited second may already have failed.
  exited.catch(() => undefined)
  const replied = new Promise<LookReply>((resolve) => child.once('message', resolve))
  child.send(of)
  try {
    const reply = await Promise.race([
      replied,
      exited.then(([code, by]) => {
        throw bugErrors.unreachable(`the process that looks at ${of.source.source} ended: ${by ?? `code ${code}`}`)
      }),
    ])
    await exited
    return lookedIn(reply)
  } catch (thrown) {
    signal.throwIfAborted()
    if (!late.aborted) throw thrown
    throw queryErrors.timeout(`the look at ${of.source.source} took longer than ${timeoutMs / 1_000} s`, {
      facts: { limitMs: timeoutMs },
      next: `Pull it: "sluice sources pull ${of.source.project} ${of.source.source}" takes its time.`,
    })
  }
}

function lookedIn(reply: LookReply): PlannedSource | PreviewedSource {
  if ('looked' in reply) return reply.looked
  const { code, kind, message, next, facts, retryAfterMs } = reply.error
  throw new SluiceError({ code, kind, status: reply.status ?? 500 }, message, given({ facts, next, retryAfterMs }))
}
