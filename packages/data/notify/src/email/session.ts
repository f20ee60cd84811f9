import { Readable } from 'node:stream'
import { rootCertificates } from 'node:tls'
import SmtpConnection from 'nodemailer/lib/smtp-connection'
import type { Sent } from '../message.ts'
import { classify } from './classify.ts'
import type { EmailSettings } from './settings.ts'

export interface Envelope {
  readonly from: string
  readonly to: readonly string[]
}

/**
 * One SMTP session for one message: connect, log in, send. States: before the message's first byte is asked for, a lost connection means
 * that nothing arrived; after it, that it may have.
 * @throws `notify.unavailable`, `notify.refused`.
 */
export async function session(settings: EmailSettings, envelope: Envelope, raw: Buffer, signal?: AbortSignal): Promise<Sent> {
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
  const message = Readable.from(
    (function* () {
      dataBegun = true
      yield raw
    })(),
    { objectMode: false },
  )
  try {
    await step<void>((done) => connection.connect((error) => done(error)))
    if (user !== undefined) await step<void>((done) => connection.login({ user, pass: password ?? '' }, (error) => done(error)))
    const info = await step<{ rejectedErrors?: { recipient?: string | undefined; message: string }[] | undefined }>((done) =>
      connection.send({ from: envelope.from, to: [...envelope.to], size: raw.length }, message, (error, sent) => done(error, sent)),
    )
    connection.quit()
    return { refused: (info?.rejectedErrors ?? []).map(({ recipient, message: reason }) => ({ address: recipient ?? '', reason })) }
  } catch (error) {
    connection.close()
    throw classify(error, settings, dataBegun)
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}
