import type { RestSource } from '@sluice/author'
import { durationMs, given } from '@sluice/core'
import { sourceErrors } from '../errors.ts'
import { type Verdict, verdictOf } from './answer.ts'

/** Services tell their code with an HTTP status of a refusal, too; there it says whether another try makes sense. */
export function refusalIn(source: RestSource, status: number, text: string): Error | undefined {
  if (source.code === undefined) return undefined
  try {
    const verdict = verdictOf(source, JSON.parse(text), text)
    if (verdict.kind === 'good' || verdict.kind === 'nothing') return undefined
    // A failure of the server passes, whatever the code, unless the declaration knows it.
    return verdict.kind === 'refused' && status >= 500 ? undefined : codeError(source, verdict, status)
  } catch {
    return undefined
  }
}

export function codeError(source: RestSource, verdict: Verdict, status?: number): Error {
  const { code = '', message } = verdict as { readonly code?: string; readonly message?: string }
  const facts = { source: source.name, code, ...given({ status }), ...(verdict.kind === 'spoils' ? { spoils: true } : {}) }
  const said = `${source.name} answers with the code ${code}${message === undefined ? '' : `: ${message.slice(0, 300)}`}`
  if (verdict.kind !== 'again') {
    return sourceErrors.answer_refused(said, {
      facts,
      next: 'Look up the code in the documentation of the service. If it is a good one, or one that passes, say so: code: { good, again }.',
    })
  }
  const { after } = source.code ?? {}
  return sourceErrors.answer_failed(said, {
    facts,
    next: 'It is asked for again. If it goes on, look up the code in the documentation of the service.',
    ...(after === undefined ? {} : { retryAfterMs: durationMs(after) }),
  })
}
