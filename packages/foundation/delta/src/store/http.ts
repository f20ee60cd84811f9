import { setTimeout as sleep } from 'node:timers/promises'
import { DeltaError } from '../errors.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Uint8Array
  /** An earlier try ended without a clear answer, so the request may have been carried out already. */
  readonly repeated: boolean
}

export interface RetryPolicy {
  /** The number of tries of one request, including the first. 8 by default. */
  readonly attempts?: number
  /** The time limit of one try, including its answer. 60,000 by default, and one more second for each 64 KB that are sent. */
  readonly timeoutMs?: number
  /** The delay before the n-th repetition (1, 2, …). By default it starts at 100 ms and doubles up to 10 s, and half of it is random. */
  readonly delayMs?: (repetition: number) => number
}

export const backoffMs = (repetition: number) => Math.min(10_000, 100 * 2 ** (repetition - 1)) * (0.5 + Math.random() / 2)

const passing = new Set([408, 425, 429, 500, 502, 503, 504])
export const isPassing = (status: number) => passing.has(status)

/**
 * Sends one request until it has a final answer. A missing or incomplete answer, 408, 425, 429 and 5xx are tried again. Each try makes the
 * request anew, because its signature contains the time. `again` may ask for another try after an answer that is otherwise final.
 */
export async function send(
  make: () => Promise<HttpRequest>,
  policy: RetryPolicy,
  again: (answer: HttpAnswer) => boolean = () => false,
): Promise<HttpAnswer> {
  const { attempts = 8, timeoutMs = 60_000, delayMs = backoffMs } = policy
  let repeated = false
  for (let attempt = 1; ; attempt++) {
    const request = await make()
    const { answer, cause } = await once(request, timeoutMs, repeated)
    if (answer !== undefined && !isPassing(answer.status) && !again(answer)) return answer
    if (attempt >= attempts) {
      if (answer !== undefined) return answer
      throw unanswered(request, attempts, cause)
    }
    // After 429 and after an answer for `again` nothing was carried out. Any other answer may come from a proxy that stopped waiting.
    repeated ||= answer === undefined || (isPassing(answer.status) && answer.status !== 429)
    await sleep(Math.max(delayMs(attempt), retryAfterMs(answer)))
  }
}

const slowestBytesPerMs = 64

interface Try {
  readonly answer?: HttpAnswer
  readonly cause?: unknown
}

async function once({ method, url, headers = {}, body }: HttpRequest, timeoutMs: number, repeated: boolean): Promise<Try> {
  try {
    const response = await fetch(url, {
      method,
      headers: { 'accept-encoding': 'identity', ...headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs + Math.ceil((body?.length ?? 0) / slowestBytesPerMs)),
      ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> | string }),
    })
    const bytes = new Uint8Array(await response.arrayBuffer())
    const promised = response.headers.get('content-length')
    if (method !== 'HEAD' && promised !== null && Number(promised) !== bytes.length)
      return { cause: new Error(`the answer has ${bytes.length} of ${promised} bytes`) }
    return { answer: { status: response.status, headers: response.headers, body: bytes, repeated } }
  } catch (cause) {
    return { cause }
  }
}

/** Reads seconds only, at most a minute. */
function retryAfterMs(answer: HttpAnswer | undefined): number {
  const seconds = Number(answer?.headers.get('retry-after') ?? 0)
  return Number.isFinite(seconds) ? Math.min(60, Math.max(0, seconds)) * 1000 : 0
}

function unanswered({ method, url }: HttpRequest, attempts: number, cause: unknown): DeltaError {
  const { origin, pathname } = new URL(url)
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  return new DeltaError(
    'store.failed',
    `No answer from ${origin} to ${method} ${pathname} in ${attempts} tries: ${inner instanceof Error ? inner.message : String(inner)}`,
    'Check the endpoint and the network. A write may have succeeded anyway. With a transaction id it is safe to repeat it.',
    { origin, path: pathname, attempts },
    cause,
  )
}

export interface Refusal {
  readonly what: string
  readonly key: string
  /** The name of the bucket with its scheme, without secrets. */
  readonly where: string
  /** The error code of the service, such as `AccessDenied`. */
  readonly reason: string
}

/** The error of a store for an unsuccessful answer, with advice on what to do. */
export function refused({ status }: HttpAnswer, { what, key, where, reason }: Refusal): DeltaError {
  const because = reason === '' ? '' : ` (${reason})`
  return new DeltaError(
    'store.failed',
    `Cannot ${what} ${key} in ${where}: the store answers ${status}${because}.`,
    nextFor(status, reason),
    {
      status,
      key,
      reason,
    },
  )
}

function nextFor(status: number, reason: string): string {
  if (/RequestTimeTooSkewed/i.test(reason)) return 'Set the clock of this machine: it differs too much from the store’s.'
  if (/NoSuchBucket/i.test(reason) || status === 404) return 'Create the bucket, or correct its name, the region and the endpoint.'
  if (/SignatureDoesNotMatch|InvalidAccessKeyId|InvalidToken|Expired/i.test(reason) || status === 401)
    return 'Correct or renew the credentials of the store.'
  if (status === 403) return 'Give these credentials the right to list, read, write and delete objects under the prefix.'
  if (status === 301 || status === 307 || status === 400)
    return 'Check the region and the endpoint, and whether the bucket’s name belongs in the host or in the path.'
  if (status === 501) return 'Use a store that implements this request: a table needs conditional writes.'
  if (status === 429 || status >= 500) return 'Try again later: the store is overloaded or broken.'
  return 'Look up the answer in the documentation of the store.'
}
