import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { requestErrors } from '@sluice/core'
import { portErrors } from '../errors.ts'
import type { App } from './mount.ts'

export interface HttpServer {
  /** `http://127.0.0.1:4400`, without a last slash. */
  readonly url: string
  readonly port: number
  /** Takes no new connection and ends the open ones. Calling it again does nothing. */
  close(): Promise<void>
}

/** Listens. @throws `port.in_use` naming the port; `request.denied` where the system refuses the port. */
export function serveHttp(app: App, { host = '127.0.0.1', port }: { readonly host?: string; readonly port: number }): Promise<HttpServer> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: host, port }, (address) => resolve(handle(address)))
    server.once('error', (cause: NodeJS.ErrnoException) => reject(listenFault(cause, host, port)))

    function handle(address: AddressInfo): HttpServer {
      let closed: Promise<void> | undefined
      return {
        port: address.port,
        url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
        close: () =>
          (closed ??= new Promise((done) => {
            server.close(() => done())
            if ('closeAllConnections' in server) server.closeAllConnections()
          })),
      }
    }
  })
}

function listenFault(cause: NodeJS.ErrnoException, host: string, port: number): unknown {
  if (cause.code === 'EADDRINUSE') {
    return portErrors.in_use(`port ${port} of ${host} is in use by another program`, {
      facts: { port, host },
      cause,
      next: `Stop that program, or choose another port: SLUICE_PORT=${port + 1} (or "port" in sluice.config.ts).`,
    })
  }
  if (cause.code === 'EACCES') {
    return requestErrors.denied(`the system does not let this user listen on port ${port}`, {
      facts: { port, host },
      cause,
      next: 'Choose a port above 1023.',
    })
  }
  return cause
}
