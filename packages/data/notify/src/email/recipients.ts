import { domainToASCII } from 'node:url'
import { notifyErrors } from '../errors.ts'
import type { RecipientState } from '../message.ts'

export type AddressBook = Readonly<Record<string, readonly string[]>>

export interface ResolvedRecipients {
  /** As they go over the wire: each once, its domain in ASCII. */
  readonly addresses: readonly string[]
  /** What is not an address, by the text that was given. */
  readonly refused: Readonly<Record<string, Extract<RecipientState, { state: 'refused' }>>>
}

/**
 * The addresses of a channel: a name of the address book, or addresses separated by commas. A text that is not an address does not keep the
 * message from the others.
 * @throws `notify.refused` when nothing of it is an address.
 */
export function recipients(to: string, book: AddressBook): ResolvedRecipients {
  const given = (Object.hasOwn(book, to) ? book[to] : undefined) ?? to.split(',')
  const addresses = new Map<string, string>()
  const refused: Record<string, Extract<RecipientState, { state: 'refused' }>> = {}
  for (const text of given.map((each) => each.trim()).filter((each) => each !== '')) {
    const address = wireAddress(text)
    if (address === undefined)
      refused[text] = { state: 'refused', reason: 'this is neither an e-mail address nor a known group of addresses' }
    // A mailbox is one whatever the case it is written in: no server in use tells them apart.
    else if (!addresses.has(address.toLowerCase())) addresses.set(address.toLowerCase(), address)
  }
  if (addresses.size > 0) return { addresses: [...addresses.values()], refused }
  throw notifyErrors.refused(`"${Object.keys(refused)[0] ?? to}" is neither an e-mail address nor a known group of addresses`, {
    facts: { to, groups: Object.keys(book) },
    next: 'Correct the address, or name its group in the mail settings.',
  })
}

/** A domain with other letters is sent as `xn--...` (RFC 5890), which every server takes; the part before the @ stays as it is. */
export function wireAddress(text: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no command of SMTP may hold them
  if (/[\x00-\x1f\x7f]/.test(text)) return undefined
  const [, local, domain = ''] = /^([^\s@<>,]+)@([^\s@<>,]+)$/.exec(text) ?? []
  if (local === undefined) return undefined
  const ascii = domain.startsWith('[') ? domain : domainToASCII(domain)
  return ascii === '' ? undefined : `${local}@${ascii}`
}

/** RFC 6531 3.4: to a server that does not announce SMTPUTF8 such an address must not be sent. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what is meant
export const needsUtf8 = (address: string): boolean => !/^[\x00-\x7f]*$/.test(address)
