import type { Platform } from '@sluice/author'
import { configErrors, type SluiceError } from '@sluice/core'
import type { EmailSettings } from '@sluice/notify'
import type { Demo } from './demo.ts'
import type { PlatformKeyName } from './platform-keys.ts'
import type { ResolvePlatform } from './platform-settings.ts'
import type { Candidate, Setting } from './resolve.ts'

/**
 * How mails are sent, and where each value comes from. The demo sends to its simulator or not at all: a real mail server in `.env` must not
 * send mails of a demo to people.
 * @throws `config.invalid`; `config.missing` when there is a server and no sender
 */
export function mailSettings(
  { mailGroups, demo: { smtp: module } }: Platform,
  resolve: ResolvePlatform,
  demo: Demo,
): { readonly mail: EmailSettings | null; readonly settings: readonly Setting[] } {
  const where = demo === null ? '' : `${demo.file} (simulator ${module ?? 'none: demo.smtp'})`
  const simulated = (value: string | number | null): readonly Candidate[] => (demo === null ? [] : [{ source: 'demo', where, value }])
  const settled = (name: PlatformKeyName, fallback: string | number | null, inDemo: string | number | null): Setting => {
    const setting = resolve(name, fallback, simulated(inDemo))
    return demo !== null && inDemo === null ? { ...setting, value: null, source: null, where: null } : setting
  }
  const server = demo?.smtp ?? null
  const host = settled('smtpHost', null, server?.host ?? null)
  const port = settled('smtpPort', 587, server?.port ?? null)
  const security = settled('smtpSecurity', 'starttls', server === null ? null : 'none')
  const user = settled('smtpUser', null, null)
  const password = settled('smtpPassword', null, null)
  const from = settled('mailFrom', null, 'Sluice <sluice@demo.invalid>')
  const settings = [host, port, security, user, password, from]
  if (host.value === null) return { mail: null, settings }
  if ((user.value === null) !== (password.value === null)) {
    const missing = user.value === null ? user : password
    throw missingMail(missing.env, 'the mail server has a user or a password, but not both')
  }
  const sender = from.value ?? (String(user.value).includes('@') ? user.value : null)
  if (sender === null) throw missingMail(from.env, 'mails have no sender')
  const mail: EmailSettings = {
    host: String(host.value),
    port: Number(port.value),
    security: security.value as EmailSettings['security'],
    from: String(sender),
    groups: Object.fromEntries(Object.entries(mailGroups).map(([name, list]) => [name, list.split(',').map((address) => address.trim())])),
    ...(user.value === null || password.value === null ? {} : { user: String(user.value), password: String(password.value) }),
  }
  return { mail, settings }
}

/** The hint about messages that cannot be sent. */
export const noMailHint = (waiting: number, profile: 'demo' | null): string =>
  `${waiting} ${waiting === 1 ? 'message waits' : 'messages wait'}: ${
    profile === 'demo' ? 'the demo has no mail server; name one as demo.smtp in sluice.config.ts' : 'set SLUICE_SMTP_HOST'
  }`

const missingMail = (variable: string, message: string): SluiceError =>
  configErrors.missing(`${message}: ${variable} is not set`, {
    facts: { variable },
    next: `Set ${variable} in the environment or in .env.`,
  })
