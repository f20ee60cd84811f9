import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'

export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Scripted {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Never answers. */
  readonly silent?: boolean
}

/** An HTTP server that gives the answers of a script, for what no store does on demand. */
export async function scriptedServer(answer: (received: Received, index: number) => Scripted): Promise<{
  readonly endpoint: string
  readonly received: readonly Received[]
  [Symbol.dispose](): void
}> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const one = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body }
      received.push(one)
      const { status, headers = {}, body: content = '', silent = false } = answer(one, received.length - 1)
      if (!silent) response.writeHead(status, headers).end(one.method === 'HEAD' ? undefined : content)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    endpoint: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    received,
    [Symbol.dispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}
