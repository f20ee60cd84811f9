import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '@sluice/author'
import { afterFailure, type RetryPolicy, SluiceError, toErrorRecord } from '@sluice/core'
import { type ShownRequest, statusError, transportError } from './classify.ts'
import { type HttpClient, type HttpRequest, type HttpResponse, urlOf } from './request.ts'

export interface HttpClientOptions {
  readonly log: Logger
  /** The task's signal: aborts a request and the wait between two. */
  readonly signal?: AbortSignal
  readonly retry?: RetryPolicy
  /** The longest wait spent inside the task. A server that asks for more ends the attempt, and the engine waits without a worker. */
  readonly maxWaitMs?: number
  readonly timeoutMs?: number
  readonly random?: () => number
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<unknown>
}

const defaults = {
  retry: { attempts: 4, delayMs: 500, backoff: 'exponential', maxDelayMs: 15_000 } satisfies RetryPolicy,
  maxWaitMs: 30_000,
  timeoutMs: 30_000,
}

/**
 * Sends requests and repeats them on 408, 425, 429, 5xx and network failures, with exponential backoff and jitter, never sooner
 * than `Retry-After` asks. Each try leaves one line in the log: method, URL without query, status, milliseconds.
 * A body that breaks off while it is read is `source.network`; the task's own retry asks again.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { log, signal, retry, maxWaitMs, timeoutMs, random, sleep } = {
    ...defaults,
    random: Math.random,
    sleep: (ms: number, abort: AbortSignal | undefined) => delay(ms, undefined, abort === undefined ? {} : { signal: abort }),
    ...options,
  }

  async function request(asked: HttpRequest): Promise<HttpResponse> {
    const shown = shownRequest(asked)
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted()
      const started = performance.now()
      try {
        const response = await send(asked, shown, asked.timeoutMs ?? timeoutMs, signal)
        log.info('http request', { method: shown.method, url: shown.url, status: response.status, ms: elapsed(started), attempt })
        return response
      } catch (thrown) {
        if (signal?.aborted) throw signal.reason
        const error = thrown instanceof SluiceError ? thrown : transportError(shown, thrown, asked.timeoutMs ?? timeoutMs)
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
        if (!waits) throw error
        await sleep(then.delayMs, signal)
      }
    }
  }

  return { request }
}

const elapsed = (started: number): number => Math.round(performance.now() - started)

function shownRequest(request: HttpRequest): ShownRequest {
  const url = new URL(request.url)
  return { service: request.service ?? url.hostname, method: request.method ?? 'GET', url: `${url.origin}${url.pathname}` }
}

async function send(request: HttpRequest, shown: ShownRequest, timeoutMs: number, signal: AbortSignal | undefined): Promise<HttpResponse> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const answer = await fetch(urlOf(request), {
    method: shown.method,
    headers: { accept: 'application/json', ...request.headers },
    ...(request.body === undefined ? {} : { body: request.body }),
    signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    redirect: 'follow',
  })
  const receivedAt = Date.now()
  if (!answer.ok) {
    const refusal = await answer.text().catch(() => '')
    throw (
      request.readRefusal?.(answer.status, refusal) ??
      statusError(shown, answer.status, answer.statusText, answer.headers, refusal.slice(0, 500), receivedAt)
    )
  }
  const body = readBody(answer.body, shown, timeoutMs, signal)
  return {
    status: answer.status,
    url: shown.url,
    headers: Object.fromEntries(answer.headers),
    receivedAt,
    body,
    text: async () => Buffer.concat(await Array.fromAsync(body)).toString('utf8'),
  }
}

async function* readBody(
  body: ReadableStream<Uint8Array> | null,
  shown: ShownRequest,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  if (body === null) return
  try {
    yield* body
  } catch (thrown) {
    if (signal?.aborted) throw signal.reason
    throw transportError(shown, thrown, timeoutMs)
  }
}
