import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { SimulatorError } from '@sluice/simulator-kit'
import { SMTPServer, type SMTPServerAuthentication, type SMTPServerSession } from 'smtp-server'
import { certificate, certificateKey, expiredCertificate, expiredCertificateKey } from './certificate.ts'
import { type SmtpFault, smtpFaults } from './faults.ts'
import { mailbox, type ReceivedMail } from './mailbox.ts'

export interface SmtpOptions {
  /** Default 0: any free port. */
  readonly port?: number
  /** Login is required and must be this; absent: AUTH is not offered. Over `tls: 'starttls'` only after the upgrade. */
  readonly auth?: { readonly user: string; readonly password: string }
  /** `none` offers no STARTTLS, `starttls` offers it, `ssl` speaks TLS from the first byte. */
  readonly tls: 'none' | 'starttls' | 'ssl'
  /** The certificate has run out. */
  readonly expired?: boolean
  /** SMTPUTF8 (RFC 6531) is announced, and addresses with letters beyond ASCII are taken from who asks for it. */
  readonly utf8?: boolean
  /** More in one message are answered 452 4.5.3, as RFC 5321 4.5.3.1.10 asks. Default: no limit. */
  readonly mostRecipients?: number
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
  /** The lines of clients, of `tls: 'none'`, without those of messages: what went over the wire. */
  commands(): readonly string[]
  /** Replaces all faults; throws `fault_invalid`. */
  setFaults(faults: readonly SmtpFault[]): void
  /** Cuts open connections. */
  close(): Promise<void>
}

/** Starts an SMTP server on 127.0.0.1. @throws `port_in_use`, `fault_invalid`. */
export async function start(options: SmtpOptions): Promise<SmtpSimulator> {
  const { auth, tls, expired = false, utf8 = false, mostRecipients } = options
  const faults = smtpFaults(options.faults)
  const box = mailbox(options.store)
  const commands: string[] = []
  const timers = new Set<NodeJS.Timeout>()

  const server = new SMTPServer({
    secure: tls === 'ssl',
    key: expired ? expiredCertificateKey : certificateKey,
    cert: expired ? expiredCertificate : certificate,
    hideSMTPUTF8: !utf8,
    ...(mostRecipients === undefined ? {} : { maxRecipients: mostRecipients }),
    disabledCommands: [...(tls === 'starttls' ? [] : ['STARTTLS']), ...(auth === undefined ? ['AUTH'] : [])],
    authOptional: auth === undefined,
    allowInsecureAuth: tls === 'none',
    disableReverseLookup: true,
    logger: false,
    closeTimeout: 1,
    onAuth: (given, _session, done) =>
      faults.take('reject_login') === undefined && isUser(given, auth)
        ? done(null, { user: given.username })
        : done(reply(535, '5.7.8 Username and Password not accepted')),
    onMailFrom: (_address, _session, done) => {
      if (faults.take('reject_sender')) return done(reply(550, '5.7.1 Client was not authenticated to send as this sender'))
      done()
    },
    onRcptTo: ({ address }, session, done) => {
      if (!isAscii(address.split('@')[0] ?? '') && session.envelope.smtpUtf8 !== true)
        return done(reply(553, '5.6.7 Non-ASCII addresses are not permitted for that recipient'))
      if (faults.take('reject_recipient', address))
        return done(reply(550, '5.1.1 The email account that you tried to reach does not exist'))
      if (faults.take('greylist', address)) return done(reply(451, '4.7.1 Greylisted, please try again later'))
      done()
    },
    onData: (stream, session, done) => {
      buffer(stream).then((body) => {
        if (faults.take('defer_data')) return done(reply(452, '4.2.2 Requested action not taken: insufficient system storage'))
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
    if (tls === 'none') hear(socket, commands)
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
    commands: () => [...commands],
    setFaults: faults.set,
    close,
    [Symbol.asyncDispose]: close,
  }
}

const isAscii = (text: string): boolean => Buffer.byteLength(text) === text.length

/** Keeps the commands of a connection: the server itself shows an address in letters, however it was spelled. */
function hear(socket: Socket, commands: string[]): void {
  let rest = ''
  let inMessage = false
  socket.on('data', (bytes: Buffer) => {
    const lines = (rest + bytes.toString()).split('\r\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (!inMessage) commands.push(line)
      inMessage = inMessage ? line !== '.' : line.toUpperCase() === 'DATA'
    }
  })
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
