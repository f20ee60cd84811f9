import { bugErrors, queryErrors } from '@sluice/core'
import { askProcess } from '../ask-process.ts'
import { errorOf } from '../error-of.ts'
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
  try {
    const entry = import.meta.resolve('./look-process.ts')
    const asked = await askProcess<LookReply>(entry, of, { stateDir, signal: AbortSignal.any([signal, late]), heapMb })
    if ('ended' in asked) throw bugErrors.unreachable(`the process that looks at ${of.source.source} ended: ${asked.ended}`)
    if ('error' in asked.reply) throw errorOf(asked.reply.error, asked.reply.status)
    return asked.reply.looked
  } catch (thrown) {
    signal.throwIfAborted()
    if (!late.aborted) throw thrown
    throw queryErrors.timeout(`the look at ${of.source.source} took longer than ${timeoutMs / 1_000} s`, {
      facts: { limitMs: timeoutMs },
      next: `Pull it: "sluice sources pull ${of.source.project} ${of.source.source}" takes its time.`,
    })
  }
}
