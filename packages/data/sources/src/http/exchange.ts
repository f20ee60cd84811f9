import { type IncomingMessage, request as plain } from 'node:http'
import { request as secure } from 'node:https'
import { later } from '@sluice/process'
import type { HeadersByName } from './request.ts'
import type { Prepared } from './secrets.ts'

export interface Exchange {
  readonly status: number
  readonly statusText: string
  readonly headers: HeadersByName
  readonly receivedAt: number
  /** As sent: compressed. It ends early with what broke it off. */
  readonly body: AsyncIterable<Uint8Array>
  /** Lets go of a body that nobody reads. */
  drop(): void
}

export interface Patience {
  /** For the whole exchange, body included. */
  readonly timeoutMs: number
  /** Between two bytes, while somebody waits for them. */
  readonly idleTimeoutMs: number
}

/** Nothing came for too long, or the whole took too long. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime'
  readonly idle: boolean
  constructor(idle: boolean) {
    super(idle ? 'nothing came for too long' : 'the whole took too long')
    this.idle = idle
  }
}

/**
 * One request and its answer, without a redirect and with the body as it is on the wire: `fetch` decompresses by itself, and takes a body
 * that was cut off for a whole one.
 */
export async function exchange(asked: Prepared, patience: Patience, signal: AbortSignal | undefined): Promise<Exchange> {
  signal?.throwIfAborted()
  const send = asked.url.protocol === 'https:' ? secure : plain
  const length = asked.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(asked.body)) }
  const request = send(asked.url, { method: asked.method, headers: { ...asked.headers, ...length } })
  let answer: IncomingMessage | undefined
  let broken: { readonly error: Error } | undefined
  const end = (error: Error): void => void (answer ?? request).destroy(error)
  const abort = (): void => end(signal?.reason instanceof Error ? signal.reason : new Error('aborted'))
  const forgetTotal = later(patience.timeoutMs, () => end(new OutOfTime(false)), { ref: false })
  signal?.addEventListener('abort', abort, { once: true })
  request.once('close', () => {
    forgetTotal()
    signal?.removeEventListener('abort', abort)
  })
  const idle = <T>(wait: Promise<T>): Promise<T> => {
    const forget = later(patience.idleTimeoutMs, () => end(new OutOfTime(true)))
    return wait.finally(forget)
  }

  const received = await idle(
    new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve)
      // Both stay. A body that ends with its connection looks whole to Node, also when the connection was reset.
      request.on('error', (error) => {
        broken = { error }
        reject(error)
      })
      // Nothing else comes of such an answer: no response, no error, and no end.
      request.once('upgrade', (_, socket) => {
        socket.destroy()
        reject(new Error('it switched to another protocol (101), which nobody asked for'))
      })
      request.end(asked.body)
    }),
  )
  answer = received
  received.on('error', () => undefined)
  async function* body(): AsyncIterable<Uint8Array> {
    const pieces = received[Symbol.asyncIterator]() as AsyncIterator<Buffer>
    try {
      for (;;) {
        const next = await idle(pieces.next())
        if (next.done === true) break
        yield next.value
      }
      if (broken !== undefined) throw broken.error
    } finally {
      if (!received.complete) received.destroy()
    }
  }
  return {
    status: received.statusCode ?? 0,
    statusText: received.statusMessage ?? '',
    headers: headersOf(received),
    receivedAt: Date.now(),
    body: body(),
    drop: () => void received.destroy(),
  }
}

const headersOf = ({ headers }: IncomingMessage): HeadersByName =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  )
