import { once } from 'node:events'
import { createServer, request as forward, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'

/**
 * What can happen to one request:
 *
 * - `unsent`: the connection breaks before the store has seen the request;
 * - `unanswered`: the store carries it out and the answer is lost;
 * - `halved`: half of the answer's body arrives, then the connection breaks;
 * - `busy`: a proxy answers 503, and the store has seen nothing;
 * - `gave up`: the store carries it out, and a proxy answers 504;
 * - `slow down`: 429, and the store has seen nothing.
 */
export type Fault = 'unsent' | 'unanswered' | 'halved' | 'busy' | 'gave up' | 'slow down'

export interface Asked {
  readonly method: string
  /** Path and query as sent. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
}

export interface FaultProxy {
  readonly endpoint: string
  /** How often each fault has happened. */
  readonly happened: ReadonlyMap<Fault, number>
  stop(): void
}

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Replaces wrong answers of a test server, by what it has answered before. */
export interface Correction {
  answer(asked: Asked): Reply | undefined
  saw(asked: Asked, reply: Reply): void
}

/** An HTTP proxy in front of a store that injects faults. It passes on the host that the client signed, so signatures stay valid. */
export async function startFaultProxy(
  target: string,
  decide: (asked: Asked) => Fault | undefined | Promise<Fault | undefined>,
  correction?: Correction,
): Promise<FaultProxy> {
  const { hostname, port } = new URL(target)
  const happened = new Map<Fault, number>()

  async function replyOf(asked: Asked, body: Buffer): Promise<Reply> {
    const corrected = correction?.answer(asked)
    if (corrected !== undefined) return corrected
    const { method, url, headers } = asked
    const sent = forward({ hostname, port, method, path: url, headers: { ...headers, connection: 'close' } })
    sent.end(body)
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    const reply = { status: answer.statusCode ?? 502, headers: answer.headers, body: await buffer(answer) }
    correction?.saw(asked, reply)
    return reply
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request)
    const asked = { method: request.method ?? '', url: request.url ?? '', headers: request.headers }
    const fault = await decide(asked)
    if (fault !== undefined) happened.set(fault, (happened.get(fault) ?? 0) + 1)
    if (fault === 'unsent') return void request.socket.destroy()
    if (fault === 'busy') return void response.writeHead(503).end('busy')
    if (fault === 'slow down') return void response.writeHead(429).end('slow down')
    const reply = await replyOf(asked, body)
    if (fault === 'unanswered') return void request.socket.destroy()
    if (fault === 'gave up') return void response.writeHead(504).end('gave up')
    response.writeHead(reply.status, reply.headers)
    if (fault !== 'halved') return void response.end(reply.body)
    response.write(reply.body.subarray(0, reply.body.length >> 1))
    setImmediate(() => request.socket.destroy())
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    endpoint: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    happened,
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}
