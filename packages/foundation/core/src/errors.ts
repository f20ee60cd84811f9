/**
 * The root split decides what the engine does with an error:
 *
 * - `retryable`: trying again later may succeed (network, 429, a lock, a server that restarts);
 * - `permanent`: trying again unchanged will fail again (bad input, wrong key, a broken rule);
 * - `bug`: the platform itself is wrong; the message asks for a report.
 */
export type ErrorKind = 'retryable' | 'permanent' | 'bug'

/** `lake.conflict`: the group of the package that defines it, and its name. */
export type ErrorCode = string

export interface ErrorOptions {
  /** What a program may want to read: names, numbers, places. Never a secret. */
  readonly facts?: object
  /** What the reader does now, one sentence. */
  readonly next?: string
  readonly cause?: unknown
  /** Earliest useful retry, from a server's `Retry-After`. Milliseconds. */
  readonly retryAfterMs?: number
}

/** The one error class of the platform. Packages define theirs with `defineErrors`, which makes the instances. */
export class SluiceError<Code extends string = string, Facts extends object = Readonly<Record<string, unknown>>> extends Error {
  override readonly name = 'SluiceError'
  readonly code: Code
  readonly kind: ErrorKind
  /** What the API answers with. */
  readonly status: number
  readonly facts: Facts
  readonly next: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(
    traits: { readonly code: Code; readonly kind: ErrorKind; readonly status: number },
    message: string,
    options: ErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = traits.code
    this.kind = traits.kind
    this.status = traits.status
    this.facts = (options.facts ?? {}) as Facts
    this.next = options.next
    this.retryAfterMs = options.retryAfterMs
  }

  /** The same error told with more: its facts and those given, its words unless others are given. It is the cause of the new one. */
  with(more: {
    readonly message?: string
    readonly facts?: object
    readonly next?: string
    readonly retryAfterMs?: number
  }): SluiceError<Code> {
    const { code, kind, status } = this
    const [next, retryAfterMs] = [more.next ?? this.next, more.retryAfterMs ?? this.retryAfterMs]
    return new SluiceError({ code, kind, status }, more.message ?? this.message, {
      cause: this,
      facts: { ...this.facts, ...more.facts },
      ...(next === undefined ? {} : { next }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    })
  }
}

const kinds: readonly unknown[] = ['retryable', 'permanent', 'bug'] satisfies readonly ErrorKind[]

/** Errors cross thread and process boundaries, where `instanceof` does not hold; the name, the code and the kind do. */
export function isSluiceError(value: unknown): value is SluiceError {
  return value instanceof Error && value.name === 'SluiceError' && 'code' in value && 'kind' in value && kinds.includes(value.kind)
}

/** How an attempt's error is stored and shown. Plain JSON. */
export interface ErrorRecord {
  readonly code: ErrorCode
  readonly kind: ErrorKind
  readonly message: string
  readonly next?: string
  readonly stack?: string
  readonly facts?: Readonly<Record<string, unknown>>
  readonly retryAfterMs?: number
}

/** What an error of user code counts as. */
const unknownError: { readonly code: ErrorCode; readonly kind: ErrorKind } = { code: 'task.failed', kind: 'retryable' }

/** Whatever was thrown, as a record; an unknown error of user code is `task.failed`, which retries. */
export function toErrorRecord(
  thrown: unknown,
  fallback: { readonly code: ErrorCode; readonly kind: ErrorKind } = unknownError,
): ErrorRecord {
  if (isSluiceError(thrown)) {
    const stack = withCauses(thrown)
    return {
      code: thrown.code,
      kind: thrown.kind,
      message: thrown.message,
      ...(thrown.next === undefined ? {} : { next: thrown.next }),
      ...(stack === undefined ? {} : { stack }),
      ...(Object.keys(thrown.facts).length === 0 ? {} : { facts: thrown.facts }),
      ...storableWait(thrown.retryAfterMs),
    }
  }
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const stack = withCauses(error)
  return { code: fallback.code, kind: fallback.kind, message: error.message, ...(stack === undefined ? {} : { stack }) }
}

/** The longest time that has a text, from the epoch. A server may ask for more, and JSON has no infinity. */
const longestMs = 8_640_000_000_000_000

const storableWait = (ms: number | undefined): { readonly retryAfterMs?: number } =>
  ms === undefined || !(ms >= 0) ? {} : { retryAfterMs: Math.min(Math.ceil(ms), longestMs) }

function withCauses(error: Error): string | undefined {
  const parts: string[] = []
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    parts.push(at.stack ?? String(at))
  }
  return parts.length === 0 ? undefined : parts.join('\ncaused by: ')
}
