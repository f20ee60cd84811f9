import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { CONTROL_PATH, controlRoutes } from './control.ts'
import { deliver } from './deliver.ts'
import { disturb } from './disturb.ts'
import { SimulatorError } from './error.ts'
import { type Fault, faultQueue } from './faults.ts'
import { type RequestEntry, requestLog } from './log.ts'
import type { Route, SimulatorReply, SimulatorRequest, Upstream } from './reply.ts'
import { findRoute } from './router.ts'

const LARGEST_BODY = 16 * 2 ** 20

export interface SimulatorOptions {
  readonly name: string
  /** Default 127.0.0.1: a simulator is never reachable from another machine unless asked. */
  readonly host?: string
  /** Default 0: any free port. */
  readonly port?: number
  readonly routes: readonly Route[]
  readonly upstream: Upstream
  /** Runs before every route, after the fault: a reply refuses the request (authentication, rate windows). */
  readonly guard?: (request: SimulatorRequest) => SimulatorReply | undefined
  /** Sees each reply of a route and may complete it (credits, headers). */
  readonly after?: (request: SimulatorRequest, reply: SimulatorReply) => SimulatorReply
  readonly faults?: readonly Fault[]
}

export interface Simulator extends AsyncDisposable {
  readonly name: string
  /** `http://127.0.0.1:4101`, without a last slash. */
  readonly url: string
  readonly port: number
  /** Replaces all faults; throws `fault_invalid`. */
  setFaults(faults: readonly Fault[]): void
  faults(): readonly Fault[]
  requests(): readonly RequestEntry[]
  /** Stops listening and destroys every connection, hanging ones included; may be called twice. */
  close(): Promise<void>
}

/** Serves an imitated upstream over HTTP. Throws `port_in_use`. */
export async function serveSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { name, host = '127.0.0.1', port = 0, routes, upstream, guard, after } = options
  const faults = faultQueue(options.faults)
  const log = requestLog()
  const control = controlRoutes(faults, log)

  const answer = async (
    incoming: IncomingMessage,
    path: string,
    query: URLSearchParams,
    table: readonly Route[],
  ): Promise<SimulatorReply> => {
    const found = findRoute(table, incoming.method ?? 'GET', path)
    const body = await bodyOf(incoming)
    if (body === undefined) return upstream.problem(413, 'Payload Too Large')
    const params = found.kind === 'route' ? found.params : {}
    const request = { method: incoming.method ?? 'GET', path, query, params, headers: incoming.headers, body }
    const refused = table === control ? undefined : guard?.(request)
    if (refused !== undefined) return refused
    if (found.kind === 'not_found') return upstream.problem(404, 'Not Found')
    if (found.kind === 'method_not_allowed') {
      const reply = upstream.problem(405, 'Method Not Allowed')
      return { ...reply, headers: { ...reply.headers, allow: found.allow.join(', ') } }
    }
    const reply = await found.route.answer(request)
    return table === control ? reply : (after?.(request, reply) ?? reply)
  }

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [path = '/', query = ''] = splitTarget(incoming.url ?? '/')
    const parameters = new URLSearchParams(query)
    if (path.startsWith(CONTROL_PATH)) {
      deliver(response, { reply: await answer(incoming, path, parameters, control), how: 'whole', delayMs: 0 }, () => {})
      return
    }
    const began = performance.now()
    const complete = log.arrive({ at: Date.now(), method: incoming.method ?? 'GET', path, query })
    const fault = faults.take(path)
    if (fault !== undefined) complete({ fault: fault.kind })
    const failed = (error: unknown): SimulatorReply => {
      complete({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
      return upstream.problem(500, 'Internal Server Error')
    }
    const delivery = await disturb(fault, upstream, () => answer(incoming, path, parameters, routes).catch(failed))
    deliver(response, delivery, (status) => complete({ status, ms: performance.now() - began }))
  }

  const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, response) => {
    handle(incoming, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  })
  const bound = await listen(server, host, port, name)
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => {
    closed ??= new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
    return closed
  }
  return {
    name,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    setFaults: (list) => faults.set(list),
    faults: () => faults.list(),
    requests: () => log.list(),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function listen(server: Server, host: string, port: number, name: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EADDRINUSE') return reject(cause)
      const next = 'Choose another port, or 0 for any free one, or stop the process that holds it.'
      reject(new SimulatorError('port_in_use', `${name}: port ${port} of ${host} is in use`, next, { cause }))
    })
    server.listen(port, host, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

/** The path as sent, without the query: no normalising, so that a wrong path stays wrong. */
function splitTarget(target: string): readonly [string, string] {
  const mark = target.indexOf('?')
  return mark < 0 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)]
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of incoming as AsyncIterable<Buffer>) {
    size += part.length
    if (size <= LARGEST_BODY) parts.push(part)
  }
  return size <= LARGEST_BODY ? Buffer.concat(parts) : undefined
}
