import { cutText } from './cut-text.ts'
import { type ErrorCode, type ErrorKind, isSluiceError } from './errors.ts'
import type { Mask } from './mask.ts'

/** How an attempt's error is stored and shown. Plain JSON, at most some 64 KB of it. */
export interface ErrorRecord {
  readonly code: ErrorCode
  readonly kind: ErrorKind
  readonly message: string
  readonly next?: string
  readonly stack?: string
  readonly facts?: Readonly<Record<string, unknown>>
  readonly retryAfterMs?: number
}

/**
 * Characters that are kept, here and of reasons. An error is stored with its attempt, written to the log, sent with each answer about its
 * run and mailed: what is longer than a person reads is cut, and says so.
 */
export const errorLimits = { code: 200, message: 8_000, next: 2_000, stack: 16_000, fact: 4_000, facts: 16_000 } as const

/** What an error of user code counts as. */
const unknownError: { readonly code: ErrorCode; readonly kind: ErrorKind } = { code: 'task.failed', kind: 'retryable' }

/**
 * Whatever was thrown, as a record; an unknown error of user code is `task.failed`, which retries. It never throws: members of what was
 * thrown may be getters, or a proxy. Each text is masked before it is cut: of a secret at the edge a part would stay.
 */
export function toErrorRecord(
  thrown: unknown,
  fallback: { readonly code: ErrorCode; readonly kind: ErrorKind } = unknownError,
  mask: Mask = (text) => text,
): ErrorRecord {
  const stack = stackOf(thrown, mask)
  const ours = attempted(() => (isSluiceError(thrown) ? thrown : undefined))
  const record = {
    code: fallback.code,
    kind: fallback.kind,
    message: cutText(mask(messageOf(thrown, mask)), errorLimits.message),
    ...(stack === undefined ? {} : { stack }),
  }
  if (ours === undefined) return record
  const facts = storableFacts(ours.facts, mask)
  return {
    ...record,
    code: cutText(String(ours.code), errorLimits.code),
    kind: ours.kind,
    ...(ours.next === undefined ? {} : { next: cutText(mask(ours.next), errorLimits.next) }),
    ...(facts === undefined ? {} : { facts }),
    ...storableWait(ours.retryAfterMs),
  }
}

/** The longest time that has a text, from the epoch. A server may ask for more, and JSON has no infinity. */
const longestMs = 8_640_000_000_000_000

const storableWait = (ms: number | undefined): { readonly retryAfterMs?: number } =>
  ms === undefined || !(ms >= 0) ? {} : { retryAfterMs: Math.min(Math.ceil(ms), longestMs) }

/** Of anything that has a message; else how the value is written. The errors inside of an `AggregateError` are named, too. */
function messageOf(thrown: unknown, mask: Mask): string {
  const message = member(thrown, 'message')
  const own = typeof message === 'string' ? message : attempted(() => String(thrown))
  const text = own ?? 'something was thrown whose message cannot be read'
  const inner = innerErrors(thrown).map((each) => cutText(mask(attempted(() => messageOf(each, mask)) ?? ''), 500))
  return inner.length === 0 ? text : [text, inner.join('; ')].filter((part) => part !== '').join(': ')
}

/** As many as a person reads. */
function innerErrors(thrown: unknown): readonly unknown[] {
  const errors = member(thrown, 'errors')
  return attempted(() => Array.isArray(errors) && thrown instanceof AggregateError) === true ? (errors as unknown[]).slice(0, 10) : []
}

/** With the causes, and without the text of a message that the record has cut. */
function stackOf(thrown: unknown, mask: Mask): string | undefined {
  const parts: string[] = []
  for (let at = thrown, depth = 0; depth < 5 && attempted(() => at instanceof Error) === true; at = member(at, 'cause'), depth++) {
    const [message, stack] = [member(at, 'message'), member(at, 'stack')]
    const text = typeof stack === 'string' ? stack : (attempted(() => String(at)) ?? 'an error that cannot be read')
    const short = typeof message === 'string' && message.length > 1_000 ? text.replace(message, () => cutText(mask(message), 1_000)) : text
    parts.push(cutText(mask(short), errorLimits.stack / 4))
  }
  if (parts.length === 0) {
    const thrownAs = attempted(() => new Error(messageOf(thrown, mask)).stack)
    return thrownAs === undefined ? undefined : cutText(mask(thrownAs), errorLimits.stack)
  }
  return cutText(parts.join('\ncaused by: '), errorLimits.stack)
}

/** Facts as JSON would keep them, each and all within the limits. What JSON cannot hold is left out. */
function storableFacts(facts: object, mask: Mask): Readonly<Record<string, unknown>> | undefined {
  const kept: Record<string, unknown> = {}
  let [length, out] = [0, 0]
  for (const name of attempted(() => Object.keys(facts)) ?? []) {
    const value = member(facts, name)
    const text = typeof value === 'string' ? value : attempted(() => JSON.stringify(value, plainNumber))
    if (text === undefined) continue
    const short = text.length <= errorLimits.fact ? value : cutText(mask(text), errorLimits.fact)
    length += Math.min(text.length, errorLimits.fact) + name.length
    if (length > errorLimits.facts) out++
    else kept[name] = short
  }
  if (out > 0) kept.leftOut = `${out} more facts`
  return Object.keys(kept).length === 0 ? undefined : kept
}

const plainNumber = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)

function member(of: unknown, name: string): unknown {
  return of === null || of === undefined ? undefined : attempted(() => (of as Readonly<Record<string, unknown>>)[name])
}

function attempted<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
