import type { Connection, Logger } from '@sluice/author'
import { afterFailure, type RetryPolicy, SluiceError, toErrorRecord } from '@sluice/core'
import { once, pause } from '@sluice/process'
import { sourceErrors } from '../errors.ts'
import { enter, holdOf, limitsOf, usesOAuth } from './access.ts'
import { type Calls, callsHere, type SpanLimit } from './calls.ts'
import { asUtf8 } from './charset.ts'
import { type ShownRequest, statusError, transportError } from './classify.ts'
import { acceptedEncodings, decompressed, type Limits } from './content-encoding.ts'
import { type Exchange, exchange, type Patience } from './exchange.ts'
import { expectationOf, judgeHead, judgeStart, saysEnough } from './expectation.ts'
import { isRedirect, redirected, seenAs } from './redirect.ts'
import type { Expectation, HeadersByName, HttpClient, HttpRequest, HttpResponse } from './request.ts'
import { holdsAnySecret, type Prepared, prepare, shownUrl, withoutSecrets } from './secrets.ts'
import { accessTokens, type TokenKeep, tokensHere } from './tokens.ts'

export interface HttpClientOptions {
  readonly log: Logger
  /** The task's signal: aborts a request and the wait between two. */
  readonly signal?: AbortSignal | undefined
  readonly retry?: RetryPolicy
  /** The longest wait spent inside the task. A server that asks for more ends the attempt, and the engine waits without a worker. */
  readonly maxWaitMs?: number
  /** For one try, its body included. One hour by default: a body that flows may take its time. */
  readonly timeoutMs?: number
  /** Without a byte. 30 seconds by default. */
  readonly idleTimeoutMs?: number
  /** Of a body, decompressed. 1 GiB by default. */
  readonly maxBytes?: number
  /** How many times larger than what was sent a body may become beyond 16 MB. 200 by default. */
  readonly maxRatio?: number
  /** The calls of all who share the limits of connections. Those of this client alone by default. */
  readonly calls?: Calls
  /** Where tokens of OAuth are kept. In this client alone by default. */
  readonly tokens?: TokenKeep
  readonly now?: () => number
  readonly random?: () => number
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<unknown>
}

const defaults = {
  retry: { attempts: 4, delayMs: 500, backoff: 'exponential', maxDelayMs: 15_000 } satisfies RetryPolicy,
  maxWaitMs: 30_000,
  timeoutMs: 3_600_000,
  idleTimeoutMs: 30_000,
  maxBytes: 2 ** 30,
  maxRatio: 200,
}

const sentAlways = { accept: 'application/json', 'accept-encoding': acceptedEncodings, 'user-agent': 'sluice' }

/**
 * Sends requests and repeats them on 408, 425, 429, 5xx and network failures, with exponential backoff and jitter, never sooner
 * than `Retry-After` asks. Each try leaves one line in the log: method, URL without query, status, milliseconds.
 * A body that breaks off while it is read is `source.network`; the task's own retry asks again. Answers of 2xx that hold no data (nothing,
 * a part, a page of HTML, another type, another charset) are told apart by their codes before anybody takes the body.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { log, signal, retry, random, sleep, calls, tokens, now, ...usual } = {
    ...defaults,
    calls: callsHere(options.now),
    tokens: tokensHere(),
    now: Date.now,
    random: Math.random,
    sleep: pause,
    ...options,
  }
  // Not under the task's signal: an answer that nobody waits for any more may hold the only token that is still good.
  const access = once(async () =>
    accessTokens(tokens, createHttpClient({ ...options, signal: undefined, idleTimeoutMs: tokenMs, timeoutMs: tokenMs }).request, now),
  )

  async function request(asked: HttpRequest): Promise<HttpResponse> {
    const { connection } = asked
    let token = usesOAuth(connection) ? await (await access()).of(connection) : undefined
    let prepared = prepare(withToken(asked, token), sentAlways)
    const { url, method } = prepared
    const shown = { service: asked.service ?? url.hostname, method, url: `${url.origin}${url.pathname}` }
    const { timeoutMs, idleTimeoutMs, maxBytes, maxRatio, maxWaitMs } = { ...usual, ...given(asked) }
    const sending = {
      patience: { timeoutMs, idleTimeoutMs },
      limits: { maxBytes, maxRatio },
      signal,
      spans: connection === undefined ? [] : limitsOf(connection),
      ...(connection === undefined ? {} : { headed: headedOf(connection) }),
    }
    const waiting = {
      maxWaitMs,
      sleep: (ms: number) => sleep(ms, signal),
      waits: (ms: number) => log.debug('a limit of the connection is used up', { connection: connection?.name, waitMs: Math.ceil(ms) }),
    }
    let renewed = false
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted()
      const pass = connection === undefined ? undefined : await enter(calls, connection, waiting)
      const started = performance.now()
      try {
        const response = await send(asked, prepared, shown, sending).finally(() => pass?.done())
        log.info('http request', { method: shown.method, url: shown.url, status: response.status, ms: elapsed(started), attempt })
        return response
      } catch (thrown) {
        if (signal?.aborted) throw signal.reason
        const error = thrown instanceof SluiceError ? thrown : transportError(shown, thrown, sending.patience)
        if (!renewed && usesOAuth(connection) && error.facts.status === 401) {
          log.info('the access token is renewed', { connection: connection.name })
          renewed = true
          token = await (await access()).of(connection, token)
          prepared = prepare(withToken(asked, token), sentAlways)
          continue
        }
        const then = afterFailure(retry, attempt, toErrorRecord(error), random())
        const waits = then.action === 'retry' && then.delayMs <= maxWaitMs
        log.warn('http request failed', {
          method: shown.method,
          url: shown.url,
          status: error.facts.status,
          code: error.code,
          ms: elapsed(started),
          attempt,
          ...(waits ? { retryInMs: then.delayMs } : {}),
        })
        if (!waits) throw afterMinutes(error)
        await sleep(then.delayMs, signal)
      }
    }
  }

  /** Told as soon as the head of an answer is there: of one that is good, too. */
  const headedOf = (connection: Connection) => async (status: number, headers: HeadersByName) => {
    const ms = holdOf(connection, status, headers, now())
    if (ms > 0) await calls.hold(connection.name, ms)
  }

  return { request }
}

/** Of a token service. */
const tokenMs = 30_000

const withToken = (asked: HttpRequest, token: string | undefined): HttpRequest =>
  token === undefined || asked.connection === undefined ? asked : { ...asked, connection: { ...asked.connection, token } }

const unsaidMs = 5 * 60_000

/**
 * A rate limit that says nothing of its length, once the quick tries are used up: the step waits minutes, since limits count by the minute
 * and each try within it counts too.
 */
const afterMinutes = (error: SluiceError): SluiceError =>
  sourceErrors.rate_limited.is(error) && error.retryAfterMs === undefined ? error.with({ retryAfterMs: unsaidMs }) : error

/** What a request says of its own bounds. */
function given({ timeoutMs, idleTimeoutMs, maxBytes, maxRatio, maxWaitMs }: HttpRequest) {
  const bounds = Object.entries({ timeoutMs, idleTimeoutMs, maxBytes, maxRatio, maxWaitMs }).filter(([, value]) => value !== undefined)
  const odd = bounds.find(([, value]) => !(Number(value) > 0))
  if (odd !== undefined)
    throw sourceErrors.bad_request(`a request says ${odd[0]}: ${odd[1]}, which is not a number above 0`, {
      facts: { bound: odd[0] },
      next: 'Give a number above 0; Infinity is not a bound at all.',
    })
  return Object.fromEntries(bounds)
}

const elapsed = (started: number): number => Math.round(performance.now() - started)

/** Of an answer outside 2xx; the rest is not read. */
const refusalBytes = 64 * 1024
const refusalMs = 5_000

interface Sending {
  readonly patience: Patience
  readonly limits: Limits
  readonly signal: AbortSignal | undefined
  readonly spans: readonly SpanLimit[]
  readonly headed?: (status: number, headers: HeadersByName) => Promise<void>
}

async function send(request: HttpRequest, first: Prepared, shown: ShownRequest, sending: Sending): Promise<HttpResponse> {
  const { patience, signal } = sending
  const seen = [seenAs(first)]
  let asked = first
  let answer = await exchange(asked, patience, signal)
  while (isRedirect(answer.status)) {
    answer.drop()
    asked = redirected(asked, shown, answer.status, answer.headers.location, seen)
    seen.push(seenAs(asked))
    answer = await exchange(asked, patience, signal)
  }
  await sending.headed?.(answer.status, answer.headers)
  if (answer.status === 304 && request.unlessChanged !== undefined) return withoutBody(answer, first)
  if (request.bodiless?.includes(answer.status) === true) return withoutBody(answer, first)
  if (answer.status < 200 || answer.status > 299) throw await refusalOf(request, asked, shown, answer, sending)
  const expects = expectationOf(request)
  try {
    judgeHead(expects, answer, first.headers, shown)
    const text = await begun(readBody(answer, expects, shown, sending), (start) => saysEnough(expects, start))
    judgeStart(expects, text.start, shown)
    return {
      status: answer.status,
      url: shownUrl(first.url, first.named),
      headers: answer.headers,
      receivedAt: answer.receivedAt,
      body: text.all,
      text: async () => Buffer.concat(await Array.fromAsync(text.all)).toString('utf8'),
    }
  } catch (thrown) {
    answer.drop()
    throw thrown
  }
}

function withoutBody(answer: Exchange, { url, named }: Prepared): HttpResponse {
  answer.drop()
  async function* nothing(): AsyncIterable<Uint8Array> {}
  const { status, headers, receivedAt } = answer
  return { status, url: shownUrl(url, named), headers, receivedAt, body: nothing(), text: async () => '' }
}

/** The same body with its beginning, so that it is judged before somebody takes it. */
async function begun(
  body: AsyncIterable<Uint8Array>,
  isEnough: (start: Uint8Array) => boolean,
): Promise<{ readonly start: Uint8Array | undefined; readonly all: AsyncIterable<Uint8Array> }> {
  const pieces = body[Symbol.asyncIterator]()
  const next = await pieces.next()
  let start = next.done === true ? undefined : next.value
  while (start !== undefined && !isEnough(start)) {
    const more = await pieces.next()
    if (more.done === true) break
    start = Buffer.concat([start, more.value])
  }
  async function* all(): AsyncIterable<Uint8Array> {
    try {
      if (start !== undefined) yield start
      for (;;) {
        const more = await pieces.next()
        if (more.done === true) return
        yield more.value
      }
    } finally {
      await pieces.return?.()
    }
  }
  return { start, all: all() }
}

async function* readBody(answer: Exchange, expects: Expectation, shown: ShownRequest, sending: Sending): AsyncIterable<Uint8Array> {
  const { patience, limits, signal } = sending
  try {
    const { 'content-encoding': coding, 'content-type': type } = answer.headers
    const bytes = decompressed(answer.body, coding, shown, limits)
    yield* expects === 'bytes' ? bytes : asUtf8(bytes, type, shown)
  } catch (thrown) {
    if (signal?.aborted) throw signal.reason
    throw thrown instanceof SluiceError ? thrown : transportError(shown, thrown, patience)
  }
}

async function refusalOf(request: HttpRequest, asked: Prepared, shown: ShownRequest, answer: Exchange, sending: Sending): Promise<Error> {
  const late = setTimeout(() => answer.drop(), refusalMs)
  const parts: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const piece of readBody(answer, 'any', shown, sending)) {
      parts.push(piece)
      bytes += piece.length
      if (bytes >= refusalBytes) break
    }
  } catch (thrown) {
    if (sending.signal?.aborted) throw thrown
    // What came of it is good enough: the status says the rest.
  } finally {
    clearTimeout(late)
    answer.drop()
  }
  const text = withoutSecrets(Buffer.concat(parts).subarray(0, refusalBytes).toString('utf8'), asked)
  const carriesKey = holdsAnySecret(asked)
  const { name, secretsAt } = request.connection ?? {}
  const key = carriesKey ? { connection: name, at: secretsAt ?? [] } : undefined
  const answered = { ...answer, key, limits: sending.spans }
  return request.readRefusal?.(answer.status, text) ?? statusError(shown, answered, text.slice(0, 500))
}
