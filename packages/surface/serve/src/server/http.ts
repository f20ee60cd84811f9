import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { configErrors, requestErrors } from '@sluice/core'
import { portErrors } from '../errors.ts'
import type { App } from './mount.ts'
import { readTls, renewTls, type TlsFiles } from './tls.ts'

export interface HttpServer {
  /** `http://127.0.0.1:4400`, without a last slash. */
  readonly url: string
  readonly port: number
  /** Takes no new connection and ends the open ones. Calling it again does nothing. */
  close(): Promise<void>
}

export interface ListenOptions {
  /** Default: 127.0.0.1. */
  readonly host?: string
  readonly port: number
  readonly tls?: TlsFiles | null
  /** For messages to people. */
  readonly note?: (text: string) => void
}

/**
 * How long a connection may stand idle, ms. Proxies and pools keep one for 60 s: who ends it first may end it while the other one asks,
 * which is told to people as 502. Node ends it after 5 s.
 */
const keepAliveMs = 75_000

/**
 * Listens. @throws `port.in_use` naming the port; `request.denied` where the system refuses the port; `config.invalid` as `readTls` does
 */
export async function serveHttp(app: App, { host = '127.0.0.1', port, tls = null, note }: ListenOptions): Promise<HttpServer> {
  const secure = tls === null ? {} : { createServer, serverOptions: { ...(await readTls(tls)), minVersion: 'TLSv1.2' as const } }
  return await new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: host, port, ...secure }, (address) => resolve(handle(address)))
    if ('keepAliveTimeout' in server) server.keepAliveTimeout = keepAliveMs
    server.once('error', (cause: NodeJS.ErrnoException) => reject(listenFault(cause, host, port)))

    function handle(address: AddressInfo): HttpServer {
      let closed: Promise<void> | undefined
      const renewing = tls !== null && 'setSecureContext' in server ? renewTls(server, tls, note) : undefined
      return {
        port: address.port,
        url: `${tls === null ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
        close: () =>
          (closed ??= new Promise((done) => {
            renewing?.stop()
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
      next: `Stop that program, or choose another port: SLUICE_PORT=${port + 1} (or "port" of the platform in sluice.config.ts).`,
    })
  }
  if (cause.code === 'EADDRNOTAVAIL') {
    return configErrors.invalid(`${host} is not an address of this machine`, {
      facts: { host },
      cause,
      next: 'Set SLUICE_HOST (or "host" of the platform in sluice.config.ts) to one of its addresses, or to 0.0.0.0 for all of them.',
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
