import type { Channel } from '@sluice/author'

/** A message as people read it. Both bodies say the same. */
export interface Message {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** One message on its way to one channel. */
export interface Sending {
  /** The outbox key: the same at every repeat, so that a receiver can recognise one. */
  readonly key: string
  readonly to: string
  readonly message: Message
}

export interface Sent {
  /** Addresses of `to` that the receiver refused while it took the message for others, with the reason. */
  readonly refused: readonly { readonly address: string; readonly reason: string }[]
}

/** How one kind of channel is reached. */
export interface Transport {
  /**
   * Resolves once the receiver has taken the message. Must settle soon after `signal` aborts.
   * @throws `notify.unavailable` (retryable; `facts.mayHaveArrived` when the answer was lost) or `notify.refused` (permanent).
   */
  send(sending: Sending, signal?: AbortSignal): Promise<Sent>
}

export type Transports = Readonly<Partial<Record<Channel['channel'], Transport>>>

/** The unique key of a message to one of its channels: `<subject of the message>:<channel>:<to>`, as the engine writes it. */
export const notificationKey = (base: string, channel: Channel): string => `${base}:${channel.channel}:${channel.to}`
