export { emailTransport } from './email/email-transport.ts'
export type { AddressBook } from './email/recipients.ts'
export type { EmailSettings } from './email/settings.ts'
export { notifyErrors } from './errors.ts'
export {
  type Brief,
  type Message,
  notificationKey,
  type RecipientState,
  type Recipients,
  type Sending,
  type Transport,
  type Transports,
} from './message.ts'
export { enqueue, type Notification } from './outbox/enqueue.ts'
export type { Claimed, Due, Outbox, Outcome, Selection } from './outbox/outbox.ts'
export {
  type FoundNotification,
  type ListedNotification,
  type NotificationState,
  type OutboxRow,
  type PostgresOutbox,
  type PostgresOutboxOptions,
  postgresOutbox,
} from './outbox/postgres-outbox.ts'
export { type TableName, warehouseOutbox } from './outbox/statements.ts'
export type { NotificationDetail, NotificationFilter, NotificationSummary } from './outbox/summary.ts'
export type { Receiver, ReceiverBook } from './receivers/receiver.ts'
export { type ReceiverOptions, receiverTransports } from './receivers/receiver-transports.ts'
export { templateNames, unknownIn } from './receivers/template.ts'
export type { RelayEvent } from './relay/deliver.ts'
export { type Gathering, gathering } from './relay/gather.ts'
export { relayRetry } from './relay/plan.ts'
export { type Relay, type RelayCounts, type RelayOptions, relayOnce, startRelay } from './relay/relay.ts'
export type { RunFacts } from './templates/run.ts'
export { type RunFailure, runFailure } from './templates/run-failure.ts'
export { runSubject } from './templates/run-subject.ts'
export { type RunSuccess, runSuccess } from './templates/run-success.ts'
