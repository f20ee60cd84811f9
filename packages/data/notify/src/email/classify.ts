import { SluiceError } from '@sluice/core'
import { notifyErrors } from '../errors.ts'
import type { Recipients } from '../message.ts'
import type { EmailSettings } from './settings.ts'

/** What nodemailer attaches to its errors (its `errors.d.ts`). */
interface SmtpError extends Error {
  readonly code?: string
  readonly originalCode?: string
  readonly command?: string
  readonly responseCode?: number
  /** The reply as it came, also where it has no code. */
  readonly response?: string
  readonly permanent?: boolean
}

/**
 * A failed sending as `SluiceError`. The server's own 4xx and the network's troubles are `notify.unavailable`; what every message would
 * meet (a refused login or sender, a certificate that does not hold, no encryption) is `notify.misconfigured`; other 5xx are
 * `notify.refused`. `dataBegun`: the message was under way, so where no answer came it may have arrived. Carries neither the password nor
 * nodemailer's error, whose text repeats what went over the wire.
 */
export function classify(thrown: unknown, settings: EmailSettings, { dataBegun, recipients = {} }: Circumstances): SluiceError {
  if (thrown instanceof SluiceError) return thrown
  const error: SmtpError = thrown instanceof Error ? thrown : new Error(String(thrown))
  const { host, port } = settings
  const cause = reasonOf(error)
  const mayHaveArrived = dataBegun && error.responseCode === undefined
  const facts = Object.fromEntries(
    Object.entries({
      host,
      port,
      smtpCode: error.responseCode,
      systemCode: error.originalCode ?? error.code,
      command: error.command?.replace(/^AUTH.*/, 'AUTH'),
      mayHaveArrived: mayHaveArrived || undefined,
      recipients: Object.keys(recipients).length === 0 ? undefined : recipients,
    }).filter(([, value]) => value !== undefined),
  )
  const message = `mail server ${host}:${port}: ${withoutSecrets(error.message, settings)}`
  if (cause === 'unavailable') {
    const next = mayHaveArrived
      ? 'The answer was lost after the message was sent: the repeat has the same Message-ID.'
      : 'It is sent again by itself; if this stays, check host, port and security of the mail settings.'
    return notifyErrors.unavailable(message, { facts, next })
  }
  if (cause === 'refused') return notifyErrors.refused(message, { facts, next: ifRefused })
  return notifyErrors.misconfigured(message, {
    facts,
    next: `${corrections[cause]} Messages wait; sluice notify retry sends them at once.`,
  })
}

interface Circumstances {
  readonly dataBegun: boolean
  /** What single addresses were answered, where nobody took the message. */
  readonly recipients?: Recipients
}

/** Of a message that none of its addresses can take, which is known before it is sent. */
export function refusedByName({ host, port }: EmailSettings, recipients: Recipients): SluiceError {
  const [refused] = Object.entries(recipients)
  const [address, state] = refused ?? ['', { state: 'refused', reason: 'nobody is left' } as const]
  const reason = state.state === 'delivered' ? '' : state.reason
  return notifyErrors.refused(`${address}: ${reason}`, { facts: { host, port, recipients }, next: ifRefused })
}

type Reason = 'unavailable' | 'refused' | keyof typeof corrections

function reasonOf(error: SmtpError): Reason {
  const { code, originalCode = '', responseCode, response, permanent, command = '' } = error
  if (code === 'EAUTH') return responseCode !== undefined && responseCode < 500 ? 'unavailable' : 'login'
  if (isCertificate(originalCode) || isCertificate(code ?? '')) return 'certificate'
  if (code === 'ETLS' && permanent === true) return 'starttls'
  if (/WRONG_VERSION_NUMBER|ERR_SSL|EPROTO$/.test(originalCode)) return 'not_tls'
  // What a server answers to any command of somebody who has not logged in as it wants (RFC 4954 6).
  if (responseCode === 530 || responseCode === 534 || responseCode === 535 || responseCode === 538) return 'login'
  // 552 is about this message: it is too large.
  if (permanent === true && command.startsWith('MAIL') && responseCode !== 552) return 'sender'
  if (permanent === true) return 'refused'
  // The library's own objection to the message. A reply without a code is the server's trouble.
  if (responseCode === undefined && response === undefined && (code === 'EENVELOPE' || code === 'EMESSAGE' || code === 'ECONFIG'))
    return 'refused'
  return 'unavailable'
}

const isCertificate = (code: string): boolean => /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/.test(code)

const corrections = {
  login:
    'Check user and password of the mail settings; Gmail takes only an app password (Google account, Security, App passwords), without spaces.',
  certificate: "Use the host name that the server's certificate names, renew it, or give the authority that signed it.",
  starttls: "The server offers no STARTTLS and nothing was sent in clear: use its port for it (587), or security 'ssl' (465).",
  not_tls: "The port does not speak TLS from the first byte: use security 'starttls' (587), or the port for 'ssl' (465).",
  sender: 'The server takes no mail from the sender of the mail settings: correct mailFrom.',
} as const

const ifRefused = 'Correct what the server names (the address, the sender, the size), then send it again: sluice notify retry.'

/** The password in the forms in which SMTP carries it. */
function withoutSecrets(text: string, { user = '', password }: EmailSettings): string {
  if (password === undefined || password === '') return text
  const base64 = (value: string): string => Buffer.from(value).toString('base64')
  const forms = [base64(`\0${user}\0${password}`), base64(password), password]
  return forms.reduce((masked, form) => masked.replaceAll(form, '***'), text)
}
