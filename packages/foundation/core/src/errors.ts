/**
 * The one error class of the platform. `code` comes from the closed list below, `facts` carry what a program needs,
 * `next` is the sentence that says what to do. The root split decides what the engine does with it:
 *
 * - `retryable`: trying again later may succeed (network, 429, a lock, a server that restarts);
 * - `permanent`: trying again unchanged will fail again (bad input, wrong key, a broken rule);
 * - `bug`: the platform itself is wrong; the message asks for a report.
 */
export type ErrorKind = 'retryable' | 'permanent' | 'bug'

const kinds = {
  'bug.unreachable': 'bug',
  'config.invalid': 'permanent',
  'config.missing': 'permanent',
  'connection.unknown': 'permanent',
  'definition.broken': 'permanent',
  'definition.invalid': 'permanent',
  'delta.failed': 'permanent',
  'disk.full': 'retryable',
  'duckdb.failed': 'permanent',
  'engine.lost_lease': 'retryable',
  'input.invalid': 'permanent',
  'lake.dataset_unknown': 'permanent',
  'lake.batch_empty': 'permanent',
  'lake.conflict': 'retryable',
  'lake.corrupt': 'permanent',
  'lock.held': 'permanent',
  'migration.failed': 'permanent',
  'migration.drift': 'permanent',
  not_found: 'permanent',
  'notify.refused': 'permanent',
  'notify.unavailable': 'retryable',
  'port.in_use': 'permanent',
  'postgres.failed': 'permanent',
  'postgres.unavailable': 'retryable',
  'quality.failed': 'permanent',
  'request.denied': 'permanent',
  'request.invalid': 'permanent',
  'source.budget': 'permanent',
  'source.client_error': 'permanent',
  'source.empty': 'retryable',
  'source.malformed': 'retryable',
  'source.network': 'retryable',
  'source.rate_limited': 'retryable',
  'source.schema': 'permanent',
  'source.server_error': 'retryable',
  'source.shutdown': 'permanent',
  'source.timeout': 'retryable',
  'source.unauthorized': 'permanent',
  'task.failed': 'retryable',
  'task.killed': 'retryable',
  'task.output': 'permanent',
  'task.timeout': 'retryable',
  'warehouse.failed': 'permanent',
  'warehouse.unavailable': 'retryable',
} as const satisfies Record<string, ErrorKind>

export type ErrorCode = keyof typeof kinds
export const errorCodes = Object.keys(kinds) as readonly ErrorCode[]

export interface ErrorOptions {
  /** What a program may want to read: names, numbers, places. Never a secret. */
  readonly facts?: Readonly<Record<string, unknown>>
  /** What the reader does now, one sentence. */
  readonly next?: string
  readonly cause?: unknown
  /** Earliest useful retry, from a server's `Retry-After`. Milliseconds. */
  readonly retryAfterMs?: number
}

export class SluiceError extends Error {
  override readonly name = 'SluiceError'
  readonly code: ErrorCode
  readonly facts: Readonly<Record<string, unknown>>
  readonly next: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.facts = options.facts ?? {}
    this.next = options.next
    this.retryAfterMs = options.retryAfterMs
  }

  get kind(): ErrorKind {
    return kinds[this.code]
  }
}

export const kindOf = (code: ErrorCode): ErrorKind => kinds[code]

/** Errors cross thread and process boundaries, where `instanceof` does not hold; the name and the code do. */
export function isSluiceError(value: unknown): value is SluiceError {
  return value instanceof Error && value.name === 'SluiceError' && 'code' in value && Object.hasOwn(kinds, value.code as string)
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

/** Whatever was thrown, as a record; an unknown error of user code is `task.failed`, which retries. */
export function toErrorRecord(thrown: unknown, fallback: ErrorCode = 'task.failed'): ErrorRecord {
  if (isSluiceError(thrown)) {
    const stack = withCauses(thrown)
    return {
      code: thrown.code,
      kind: kinds[thrown.code],
      message: thrown.message,
      ...(thrown.next === undefined ? {} : { next: thrown.next }),
      ...(stack === undefined ? {} : { stack }),
      ...(Object.keys(thrown.facts).length === 0 ? {} : { facts: thrown.facts }),
      ...(thrown.retryAfterMs === undefined ? {} : { retryAfterMs: thrown.retryAfterMs }),
    }
  }
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const stack = withCauses(error)
  return { code: fallback, kind: kinds[fallback], message: error.message, ...(stack === undefined ? {} : { stack }) }
}

function withCauses(error: Error): string | undefined {
  const parts: string[] = []
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    parts.push(at.stack ?? String(at))
  }
  return parts.length === 0 ? undefined : parts.join('\ncaused by: ')
}

/** Closes a union: a new member is a compile error at the call, a stray value at run time is a bug report. */
export function unreachable(value: never): never {
  throw new SluiceError('bug.unreachable', `unexpected value ${JSON.stringify(value)}`, { next: 'Please report this with the stack.' })
}
