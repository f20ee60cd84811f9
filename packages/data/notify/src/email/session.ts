import { Readable } from 'node:stream'
import { rootCertificates } from 'node:tls'
import SmtpConnection from 'nodemailer/lib/smtp-connection'
import type { RecipientState, Recipients } from '../message.ts'
import { classify, refusedByName } from './classify.ts'
import { needsUtf8 } from './recipients.ts'
import type { EmailSettings } from './settings.ts'

export interface Envelope {
  readonly from: string
  /** Who is still to get it. */
  readonly to: readonly string[]
  /** The mail, for a server that takes only such addresses. */
  readonly letter: (takes: (address: string) => boolean) => Promise<Buffer>
  readonly signal: AbortSignal | undefined
}

/**
 * One SMTP session for one message: connect, log in, send. States: before the message's first byte is asked for, a lost connection means
 * that nothing arrived; after it, that it may have. Answers what became of each address, RFC 5321 4.5.4.1: a 4xx is tried again, alone.
 * @throws `notify.unavailable`, `notify.misconfigured`, `notify.refused`: nobody has got it.
 */
export async function session(settings: EmailSettings, { from, to, letter, signal }: Envelope): Promise<Recipients> {
  const { host, port, security, user, password, timeoutMs = 30_000, ca } = settings
  const connection = new SmtpConnection({
    host,
    port,
    secure: security === 'ssl',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    tls: { minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }) },
  })
  const broken = Promise.withResolvers<never>()
  broken.promise.catch(() => undefined)
  connection.on('error', broken.reject)
  const abort = (): void => broken.reject(Object.assign(new Error('the sending took too long'), { code: 'ETIMEDOUT' }))
  signal?.addEventListener('abort', abort)
  if (signal?.aborted === true) abort()

  const step = <T>(act: (done: (error: unknown, result?: T) => void) => void): Promise<T | undefined> =>
    Promise.race([
      new Promise<T | undefined>((resolve, reject) => act((error, result) => (error ? reject(error) : resolve(result)))),
      broken.promise,
    ])
  let dataBegun = false
  let unsent: Recipients = {}
  try {
    await step<void>((done) => connection.connect((error) => done(error)))
    if (user !== undefined) await step<void>((done) => connection.login({ user, pass: password ?? '' }, (error) => done(error)))
    const takes = (address: string): boolean => !needsUtf8(address) || announces(connection, 'SMTPUTF8')
    const open = to.filter(takes)
    unsent = all(
      to.filter((address) => !takes(address)),
      { state: 'refused', reason: noUtf8(host) },
    )
    if (open.length === 0) {
      connection.quit()
      throw refusedByName(settings, unsent)
    }
    const raw = await letter(takes)
    const message = Readable.from(
      (function* () {
        dataBegun = true
        yield raw
      })(),
      { objectMode: false },
    )
    const info = await step<{ rejectedErrors?: readonly Rejected[] | undefined }>((done) =>
      connection.send({ from, to: open, size: raw.length }, message, (error, sent) => done(error, sent)),
    )
    connection.quit()
    return { ...all(open, { state: 'delivered' }), ...unsent, ...rejected(info?.rejectedErrors ?? []) }
  } catch (error) {
    connection.close()
    const apart = rejected((error as { rejectedErrors?: readonly Rejected[] }).rejectedErrors ?? [])
    throw classify(error, settings, { dataBegun, recipients: { ...unsent, ...apart } })
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

interface Rejected {
  readonly recipient?: string | undefined
  readonly responseCode?: number | undefined
  readonly message: string
}

const all = (addresses: readonly string[], state: RecipientState): Recipients => Object.fromEntries(addresses.map((each) => [each, state]))

/**
 * What RCPT was answered for each. 552 is what servers say to too many recipients as well as 452 (RFC 5321 4.5.3.1.10), and 503 is about
 * the order of commands: tried again, as is what is not a reply at all.
 */
const rejected = (errors: readonly Rejected[]): Recipients =>
  Object.fromEntries(
    errors.map(({ recipient = '', responseCode = 0, message: reason }) => [
      recipient,
      { state: isForGood(responseCode) ? 'refused' : 'deferred', reason } as const,
    ]),
  )

const isForGood = (code: number): boolean => code >= 500 && code < 600 && code !== 503 && code !== 552

const noUtf8 = (host: string): string => `${host} takes no address with letters beyond ASCII before the @ (it does not announce SMTPUTF8)`

/** The library keeps what EHLO answered to itself until the message is sent, which is too late to know whom it may be sent to. */
const announces = (connection: object, extension: string): boolean =>
  (connection as { readonly _supportedExtensions?: readonly string[] })._supportedExtensions?.includes(extension) === true
