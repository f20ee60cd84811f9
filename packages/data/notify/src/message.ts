import type { Channel, Severity } from '@sluice/author'

/** A message as people read it. Both bodies say the same. */
export interface Message {
  readonly subject: string
  readonly text: string
  readonly html: string
  /** The same at one glance, for channels that show little. Without it they show the subject and the text. */
  readonly brief?: Brief
}

/** What a message says at one glance. */
export interface Brief {
  /** A problem opens an incident where the channel keeps incidents, a recovery ends the one of the same `about`. */
  readonly kind: 'problem' | 'recovery' | 'news'
  /** Of a problem; a warning unless given. */
  readonly severity?: Severity
  /** What it is about, for as long as that lasts: `shop:orders`. The message alone unless given. */
  readonly about?: string
  /** The three that matter. */
  readonly facts: readonly (readonly [label: string, value: string])[]
  readonly link?: { readonly label: string; readonly url: string }
}

/** One message on its way to one channel. */
export interface Sending {
  /** The outbox key: the same at every repeat, so that a receiver can recognise one. */
  readonly key: string
  readonly to: string
  readonly message: Message
  /** Of `to`, those that need no further try: they have it, or will never take it. */
  readonly settled?: Recipients
}

/** What became of a message at one address. */
export type RecipientState =
  | { readonly state: 'delivered' }
  /** Never: asked again, it would be refused again. */
  | { readonly state: 'refused'; readonly reason: string }
  /** Not now: this address is tried again, alone. */
  | { readonly state: 'deferred'; readonly reason: string }

/** By address, as the receiver was told it. */
export type Recipients = Readonly<Record<string, RecipientState>>

/** How one kind of channel is reached. */
export interface Transport {
  /**
   * Resolves once the receiver has taken the message for at least one address, or answered for every one of them. Must settle soon after
   * `signal` aborts.
   * @throws `notify.unavailable` (retryable; `facts.mayHaveArrived` when the answer was lost), `notify.misconfigured` (as long as the
   * settings are wrong) or `notify.refused` (permanent). `facts.recipients` are the addresses where they were told apart.
   */
  send(sending: Sending, signal?: AbortSignal): Promise<Recipients>
}

export type Transports = Readonly<Partial<Record<Channel['channel'], Transport>>>

/** The unique key of a message to one of its channels: `<subject of the message>:<channel>:<to>`, as the engine writes it. */
export const notificationKey = (base: string, channel: Channel): string => `${base}:${channel.channel}:${channel.to}`
