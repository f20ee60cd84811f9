/** The channels beside e-mail. */
export const receiverKinds = ['slack', 'teams', 'webhook', 'pagerduty', 'opsgenie'] as const
export type ReceiverKind = (typeof receiverKinds)[number]
