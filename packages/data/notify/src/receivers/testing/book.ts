import type { ReceiverKind } from '@sluice/author'
import type { Receiver, ReceiverBook } from '../receiver.ts'

/** Receivers by channel; of the channels that are not given there are none. */
export const bookOf = (given: Partial<Record<ReceiverKind, Readonly<Record<string, Partial<Receiver>>>>>): ReceiverBook => {
  const whole = (kind: ReceiverKind): Readonly<Record<string, Receiver>> =>
    Object.fromEntries(Object.entries(given[kind] ?? {}).map(([name, each]) => [name, { url: null, key: null, ...each }]))
  return {
    slack: whole('slack'),
    teams: whole('teams'),
    webhook: whole('webhook'),
    pagerduty: whole('pagerduty'),
    opsgenie: whole('opsgenie'),
  }
}
