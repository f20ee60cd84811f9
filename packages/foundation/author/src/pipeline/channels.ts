import type { MailName, ReceiverName } from '../base/declared-names.ts'
import { frozen } from '../base/frozen.ts'
import { type ReceiverKind, receiverKinds } from '../base/receiver-kinds.ts'
import { aText, refuseOther } from '../base/shape.ts'

/** Where a message goes. Plain data; sending is the business of the notification relay. */
export interface Channel {
  readonly channel: 'email' | ReceiverKind
  /** An address, or a mail group of the platform's settings; of the other channels the name of one of its receivers. */
  readonly to: string
}

/** All kinds of channel. */
export const channelKinds: readonly Channel['channel'][] = ['email', ...receiverKinds]

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

const receiver = (channel: ReceiverKind, to: string): Channel => {
  refuseOther(`${channel}()`, 'the receiver', to, aText)
  return frozen({ channel, to })
}

/** Messages to a channel of Slack: the one of an incoming webhook of `receivers.slack`. */
export const slack = <const N extends string>(to: ReceiverName<'slack', N>): Channel => receiver('slack', to)

/** Cards in a channel or chat of Teams: those of a workflow of `receivers.teams`. */
export const teams = <const N extends string>(to: ReceiverName<'teams', N>): Channel => receiver('teams', to)

/** Signed calls of an HTTP service of `receivers.webhook`. */
export const webhook = <const N extends string>(to: ReceiverName<'webhook', N>): Channel => receiver('webhook', to)

/** Incidents of a service of PagerDuty, an integration of `receivers.pagerduty`: a failure opens one, a success resolves it. */
export const pagerduty = <const N extends string>(to: ReceiverName<'pagerduty', N>): Channel => receiver('pagerduty', to)

/** Alerts of Opsgenie, an integration of `receivers.opsgenie`: a failure opens one, a success closes it. */
export const opsgenie = <const N extends string>(to: ReceiverName<'opsgenie', N>): Channel => receiver('opsgenie', to)

/** Who is told of the end of a pipeline's runs. */
export interface Notifications {
  readonly failure?: readonly Channel[]
  readonly success?: readonly Channel[]
}
