import { notifyErrors } from '../errors.ts'

export type AddressBook = Readonly<Record<string, readonly string[]>>

/** The addresses of a channel: a name of the address book, or addresses separated by commas. @throws `notify.refused` for another text. */
export function recipients(to: string, book: AddressBook): readonly string[] {
  const named = Object.hasOwn(book, to) ? book[to] : undefined
  const addresses = named ?? to.split(',').map((address) => address.trim())
  const wrong = addresses.find((address) => !/^[^\s@<>,]+@[^\s@<>,]+$/.test(address))
  if (addresses.length > 0 && wrong === undefined) return addresses
  throw notifyErrors.refused(`"${wrong ?? to}" is neither an e-mail address nor a known group of addresses`, {
    facts: { to, groups: Object.keys(book) },
    next: 'Correct the address, or name its group in the mail settings.',
  })
}
