import type { Duplex } from 'node:stream'
import pg from 'pg'

/** What the driver keeps of a session and its types do not tell. */
interface Session {
  readonly host: string
  readonly port: number
  readonly processID: number | null
  readonly secretKey: number | null
  readonly ssl: unknown
  readonly sslNegotiation: string
}

interface Wire {
  readonly stream: Duplex
  once(event: 'connect' | 'sslconnect' | 'end', listener: () => void): void
  on(event: 'error', listener: (error: Error) => void): void
  connect(portOrPath: number | string, host?: string): void
  requestSsl(): void
  cancel(processID: number, secretKey: number): void
}

const Wire = (pg as unknown as { readonly Connection: new (config: Pick<Session, 'ssl' | 'sslNegotiation'>) => Wire }).Connection

const longestMs = 10_000

/**
 * Has the server end what a session runs, by way of a connection of its own, as the protocol has it: with the key of the session. That
 * needs no right, where `pg_cancel_backend` needs one with which a role ends the statements of all its sessions. Resolves once the server
 * has taken the word.
 */
export function cancelStatement(native: pg.ClientBase): Promise<void> {
  const { host, port, processID, secretKey, ssl, sslNegotiation } = native as unknown as Session
  if (processID === null || secretKey === null) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const wire = new Wire({ ssl, sslNegotiation })
    const late = setTimeout(() => wire.stream.destroy(new Error('the server did not take a cancel in time')), longestMs)
    const cancel = (): void => wire.cancel(processID, secretKey)
    wire.once('sslconnect', cancel)
    wire.once('connect', () => {
      if (!ssl) cancel()
      else if (sslNegotiation !== 'direct') wire.requestSsl()
    })
    wire.on('error', reject)
    // The server answers by closing, always.
    wire.once('end', () => {
      clearTimeout(late)
      resolve()
    })
    if (host.startsWith('/')) wire.connect(`${host}/.s.PGSQL.${port}`)
    else wire.connect(port, host)
  })
}
