import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { SimulatorError } from '@sluice/simulator-kit'
import { SMTPServer, type SMTPServerAuthentication, type SMTPServerSession } from 'smtp-server'
import { certificate, certificateKey } from './certificate.ts'
import { type SmtpFault, smtpFaults } from './faults.ts'
import { mailbox, type ReceivedMail } from './mailbox.ts'

export interface SmtpOptions {
  /** Default 0: any free port. */
  readonly port?: number
  /** Login is required and must be this; absent: AUTH is not offered. Over `tls: 'starttls'` only after the upgrade. */
  readonly auth?: { readonly user: string; readonly password: string }
  /** `none` offers no STARTTLS, `starttls` offers it, `ssl` speaks TLS from the first byte. */
  readonly tls: 'none' | 'starttls' | 'ssl'
  /** A folder that also keeps each mail as `.eml`. */
  readonly store?: string
  readonly faults?: readonly SmtpFault[]
}

export interface SmtpSimulator extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** What it has received, in order. */
  mails(): readonly ReceivedMail[]
  /** Resolves once `count` mails have come, before the sender has its reply. */
  received(count: number): Promise<readonly ReceivedMail[]>
  /** Replaces all faults; throws `fault_invalid`. */
  setFaults(faults: readonly SmtpFault[]): void
  /** Cuts open connections. */
  close(): Promise<void>
}

/** Starts an SMTP server on 127.0.0.1. @throws `port_in_use`, `fault_invalid`. */
export async function start(options: SmtpOptions): Promise<SmtpSimulator> {
  const { auth, tls } = options
  const faults = smtpFaults(options.faults)
  const box = mailbox(options.store)
  const timers = new Set<NodeJS.Timeout>()

  const server = new SMTPServer({
    secure: tls === 'ssl',
    key: certificateKey,
    cert: certificate,
    disabledCommands: [...(tls === 'starttls' ? [] : ['STARTTLS']), ...(auth === undefined ? ['AUTH'] : [])],
    authOptional: auth === undefined,
    allowInsecureAuth: tls === 'none',
    disableReverseLookup: true,
    logger: false,
    closeTimeout: 1,
    onAuth: (given, _session, done) =>
      isUser(given, auth) ? done(null, { user: given.username }) : done(reply(535, '5.7.8 Username and Password not accepted')),
    onRcptTo: ({ address }, _session, done) => {
      if (faults.take('reject_recipient', address))
        return done(reply(550, '5.1.1 The email account that you tried to reach does not exist'))
      if (faults.take('greylist', address)) return done(reply(451, '4.7.1 Greylisted, please try again later'))
      done()
    },
    onData: (stream, session, done) => {
      buffer(stream).then((body) => {
        box.keep(received(session, body))
        if (faults.take('drop_after_data')) return cut(server, session)
        const slow = faults.take('slow')
        if (slow === undefined) return done(null)
        const timer = setTimeout(() => {
          timers.delete(timer)
          done(null)
        }, slow.delayMs)
        timers.add(timer)
      }, done)
    },
  })
  // A client that leaves in the middle is not a fault of the server.
  server.on('error', () => undefined)
  server.server.prependListener('connection', (socket) => {
    if (faults.take('refuse')) socket.destroy()
  })

  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server.server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw new SimulatorError('port_in_use', `the SMTP simulator cannot listen on port ${options.port}`, 'Choose another port.', {
      cause: error,
    })
  })
  const close = async (): Promise<void> => {
    for (const timer of timers) clearTimeout(timer)
    for (const connection of server.connections) connection._socket.destroy()
    if (server.server.listening) await new Promise<void>((closed) => server.close(closed))
  }
  return {
    host: '127.0.0.1',
    port: (server.server.address() as AddressInfo).port,
    mails: box.mails,
    received: box.received,
    setFaults: faults.set,
    close,
    [Symbol.asyncDispose]: close,
  }
}

function isUser(given: SMTPServerAuthentication, auth: SmtpOptions['auth']): boolean {
  if (auth === undefined || given.username !== auth.user) return false
  return given.method === 'CRAM-MD5' ? given.validatePassword(auth.password) : given.password === auth.password
}

const received = (session: SMTPServerSession, body: Buffer) => ({
  from: session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address,
  to: session.envelope.rcptTo.map(({ address }) => address),
  raw: body.toString('latin1'),
  at: Date.now(),
  secure: session.secure,
  user: typeof session.user === 'string' ? session.user : undefined,
})

function cut(server: SMTPServer, session: SMTPServerSession): void {
  for (const connection of server.connections) if (connection.session === session) connection._socket.destroy()
}

const reply = (responseCode: number, message: string): Error => Object.assign(new Error(message), { responseCode })
