import { once } from 'node:events'
import { createServer, request as forward, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'

/**
 * What may happen to one request on its way:
 * - `unsent`: the connection breaks before the store has seen it;
 * - `unanswered`: the store carries it out and the answer is lost;
 * - `halved`: half of the answer's body arrives, then the connection breaks;
 * - `busy`: 503 from somebody on the way, the store has seen nothing;
 * - `gave up`: the store carries it out, and a proxy says 504;
 * - `slow down`: 429, the store has seen nothing.
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

/** An HTTP proxy in front of a store that lets things happen to requests. The host a client signed is passed on, so signatures hold. */
export async function startFaultProxy(
  target: string,
  decide: (asked: Asked) => Fault | undefined | Promise<Fault | undefined>,
): Promise<FaultProxy> {
  const { hostname, port } = new URL(target)
  const happened = new Map<Fault, number>()

  async function answerOf(request: IncomingMessage, body: Buffer): Promise<{ readonly answer: IncomingMessage; readonly body: Buffer }> {
    const { method, url, headers } = request
    const sent = forward({ hostname, port, method, path: url, headers: { ...headers, connection: 'close' } })
    sent.end(body)
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    return { answer, body: await buffer(answer) }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request)
    const fault = await decide({ method: request.method ?? '', url: request.url ?? '', headers: request.headers })
    if (fault !== undefined) happened.set(fault, (happened.get(fault) ?? 0) + 1)
    if (fault === 'unsent') return void request.socket.destroy()
    if (fault === 'busy') return void response.writeHead(503).end('busy')
    if (fault === 'slow down') return void response.writeHead(429).end('slow down')
    const answered = await answerOf(request, body)
    if (fault === 'unanswered') return void request.socket.destroy()
    if (fault === 'gave up') return void response.writeHead(504).end('gave up')
    response.writeHead(answered.answer.statusCode ?? 502, answered.answer.headers)
    if (fault !== 'halved') return void response.end(answered.body)
    response.write(answered.body.subarray(0, answered.body.length >> 1))
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
