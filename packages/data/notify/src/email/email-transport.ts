import { configErrors, type SluiceError } from '@sluice/core'
import type { Recipients, Transport } from '../message.ts'
import { messageId } from './message-id.ts'
import { recipients, wireAddress } from './recipients.ts'
import type { EmailSettings } from './settings.ts'

/**
 * Mail over SMTP. Each message has a session of its own, a `Message-ID` made of its outbox key, and a text and an HTML body. Its header
 * names all recipients at each try, its envelope those that are still to get it.
 * @throws `config.invalid` for settings that cannot be.
 */
export function emailTransport(settings: EmailSettings): Transport {
  checkSettings(settings)
  return {
    async send({ key, to, message, settled = {} }, signal): Promise<Recipients> {
      const { addresses, refused } = recipients(to, settings.groups ?? {})
      const open = addresses.filter((address) => !Object.hasOwn(settled, address))
      if (open.length === 0) return refused
      // Loaded at the first mail: who only fills an outbox needs no mail library.
      const [{ compose }, { session }] = await Promise.all([import('./compose.ts'), import('./session.ts')])
      const given = addressOf(settings.from)
      const wire = wireAddress(given) ?? given
      const from = settings.from.replace(given, wire)
      const answers = await session(settings, {
        from: wire,
        to: open,
        letter: async (takes) => await compose({ from, to: addresses.filter(takes), messageId: messageId(key, from), message }),
        signal,
      })
      return { ...refused, ...answers }
    },
  }
}

/** `a@b` of `Name <a@b>`. */
const addressOf = (from: string): string => /<([^<>]+)>\s*$/.exec(from)?.[1] ?? from.trim()

function checkSettings({ host, port, from, user, password, timeoutMs = 1 }: EmailSettings): void {
  const wrong = (name: string, next: string): SluiceError =>
    configErrors.invalid(`the mail setting "${name}" is not valid`, { facts: { setting: name }, next })
  if (host === '') throw wrong('host', 'Give the name of the mail server, such as smtp.gmail.com.')
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw wrong('port', 'Give a whole number from 1 to 65535; 587 is usual.')
  if (!/^[^\s@<>,]+@[^\s@<>,]+$/.test(addressOf(from))) throw wrong('from', 'Give the address that mails come from.')
  if ((user === undefined) !== (password === undefined)) throw wrong('password', 'Give user and password, or neither.')
  if (!Number.isFinite(timeoutMs) || timeoutMs <= 0) throw wrong('timeoutMs', 'Give milliseconds above 0.')
}
