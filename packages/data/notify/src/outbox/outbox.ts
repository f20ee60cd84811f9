import type { Channel } from '@sluice/author'
import type { ErrorRecord } from '@sluice/core'
import type { Message, Sent } from '../message.ts'

/** A notification under a lease: nobody else sends it until the lease ends. */
export interface Claimed {
  readonly id: number
  readonly key: string
  readonly channel: Channel
  /** From 1. Tells this claim from a later one of the same notification. */
  readonly attempt: number
  /** The stored message, or the one rendered now. */
  message(): Promise<Message>
}

/**
 * Where notifications wait. A row is queued, leased, delivered or failed:
 *
 * - queued: entered by `enqueue`, by a failure that is tried again (not before its time) and by `retry`; left by `claim`;
 * - leased: entered by `claim`; left by `delivered`, by `failed`, or by the end of the lease, after which `claim` finds it again;
 * - delivered, failed: final, but that `retry` queues a failed one again.
 *
 * `deliveries` counts how often the receiver may have got the message: more than 1 only after a crash window, in which a sender had
 * handed the message over and could not record the answer.
 */
export interface Outbox {
  /** Shown in events and lists, e.g. the project. */
  readonly name: string
  /** At most `count` due notifications, the longest due first, leased for `leaseMs` by the database's clock. */
  claim(count: number, leaseMs: number): Promise<readonly Claimed[]>
  /** The receiver has it: true whatever happened to the lease. Doing it twice does no harm. */
  delivered(claimed: Claimed, sent: Sent): Promise<void>
  /** Tried again after `retryInMs`, or never when that is `null`. Of a claim that is no longer the latest only the count is kept. */
  failed(claimed: Claimed, error: ErrorRecord, retryInMs: number | null): Promise<void>
}
