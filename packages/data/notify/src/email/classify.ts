import { SluiceError } from '@sluice/core'
import { notifyErrors } from '../errors.ts'
import type { EmailSettings } from './settings.ts'

/** What nodemailer attaches to its errors (its `errors.d.ts`). */
interface SmtpError extends Error {
  readonly code?: string
  readonly originalCode?: string
  readonly command?: string
  readonly responseCode?: number
  readonly permanent?: boolean
}

/**
 * A failed sending as `SluiceError`. The server's own 4xx and the network's troubles are `notify.unavailable`; 5xx, refused logins,
 * certificates that do not hold and a missing STARTTLS are `notify.refused`. `dataBegun`: the message was under way, so where no answer
 * came it may have arrived. Carries neither the password nor nodemailer's error, whose text repeats what went over the wire.
 */
export function classify(thrown: unknown, settings: EmailSettings, dataBegun: boolean): SluiceError {
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
    }).filter(([, value]) => value !== undefined),
  )
  const message = `mail server ${host}:${port}: ${withoutSecrets(error.message, settings)}`
  if (cause === 'unavailable') {
    const next = mayHaveArrived
      ? 'The answer was lost after the message was sent: the repeat has the same Message-ID.'
      : 'It is sent again by itself; if this stays, check host, port and security of the mail settings.'
    return notifyErrors.unavailable(message, { facts, next })
  }
  return notifyErrors.refused(message, { facts, next: nextSteps[cause] })
}

type Reason = 'unavailable' | 'login' | 'certificate' | 'starttls' | 'not_tls' | 'refused'

function reasonOf(error: SmtpError): Reason {
  const { code, originalCode = '', responseCode, permanent } = error
  if (code === 'EAUTH') return responseCode !== undefined && responseCode < 500 ? 'unavailable' : 'login'
  if (isCertificate(originalCode) || isCertificate(code ?? '')) return 'certificate'
  if (code === 'ETLS' && permanent === true) return 'starttls'
  if (/WRONG_VERSION_NUMBER|ERR_SSL|EPROTO$/.test(originalCode)) return 'not_tls'
  if (permanent === true) return 'refused'
  if (responseCode === undefined && (code === 'EENVELOPE' || code === 'EMESSAGE' || code === 'ECONFIG')) return 'refused'
  return 'unavailable'
}

const isCertificate = (code: string): boolean => /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/.test(code)

const nextSteps: Readonly<Record<Exclude<Reason, 'unavailable'>, string>> = {
  login:
    'Check user and password of the mail settings; Gmail takes only an app password (Google account, Security, App passwords), without spaces.',
  certificate: "Use the host name that the server's certificate names, or give the authority that signed it.",
  starttls: "The server offers no STARTTLS and nothing was sent in clear: use its port for it (587), or security 'ssl' (465).",
  not_tls: "The port does not speak TLS from the first byte: use security 'starttls' (587), or the port for 'ssl' (465).",
  refused: 'Correct what the server names (the address, the sender, the size), then send it again: sluice notify retry.',
}

/** The password in the forms in which SMTP carries it. */
function withoutSecrets(text: string, { user = '', password }: EmailSettings): string {
  if (password === undefined || password === '') return text
  const base64 = (value: string): string => Buffer.from(value).toString('base64')
  const forms = [base64(`\0${user}\0${password}`), base64(password), password]
  return forms.reduce((masked, form) => masked.replaceAll(form, '***'), text)
}
