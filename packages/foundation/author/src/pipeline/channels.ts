import type { MailName } from '../base/declared-names.ts'
import { frozen } from '../base/frozen.ts'
import { aText, refuseOther } from '../base/shape.ts'

/** Where a message goes. Plain data; sending is the business of the notification relay. */
export interface Channel {
  readonly channel: 'email'
  /** An address, or a mail group of the platform's settings. */
  readonly to: string
}

/** Mails to an address, or to a group of `mailGroups`. */
export const email = <const N extends string>(to: MailName<N>): Channel => {
  refuseOther('email()', 'the address', to, aText)
  return frozen({ channel: 'email', to })
}

/** A mail each, for a setting that lists addresses or mail groups, separated by commas. */
export const emails = (list: string): readonly Channel[] => {
  refuseOther('emails()', 'the list', list, aText)
  return list
    .split(',')
    .map((to) => to.trim())
    .filter((to) => to !== '')
    .map((to) => email(to))
}

/** Who is told of the end of a pipeline's runs. */
export interface Notifications {
  readonly failure?: readonly Channel[]
  readonly success?: readonly Channel[]
}
