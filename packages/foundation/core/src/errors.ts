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
