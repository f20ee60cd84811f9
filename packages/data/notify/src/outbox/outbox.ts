import type { Channel } from '@sluice/author'
import type { ErrorRecord } from '@sluice/core'
import type { Message, Recipients } from '../message.ts'

/** A notification under a lease: nobody else sends it until the lease ends. */
export interface Claimed {
  readonly id: number
  readonly key: string
  readonly channel: Channel
  /** From 1. Tells this claim from a later one of the same notification. */
  readonly attempt: number
  /** How many attempts met wrong settings. */
  readonly faults: number
  /** The mail it shares with others; `null`: it leaves alone. */
  readonly bundle: string | null
  /** Addresses that need no further try. */
  readonly settled: Recipients
  /** BCP 47, of the words that are put around messages which leave together. */
  readonly language: string
  /** The stored message, or the one rendered now. */
  message(): Promise<Message>
}

/** The notification that is due longest, and what its reader is about to get and got lately. */
export interface Due {
  readonly id: number
  readonly channel: Channel['channel']
  readonly topic: string
  readonly bundle: string | null
  /** Nobody can have it yet, so it may leave together with others. */
  readonly fresh: boolean
  /** Fresh messages to its channel that are due, by topic. */
  readonly topics: Readonly<Record<string, number>>
  /** Mails that left to its channel in the window, and those of its topic. */
  readonly sent: number
  readonly sentOfTopic: number
  /** Until the first of them is out of the window. */
  readonly windowEndsInMs: number
}

/** Which of the due notifications. `topic` and `channel`: the fresh ones that share it with that message. */
export type Selection =
  | { readonly kind: 'any' }
  | { readonly kind: 'message' | 'topic' | 'channel'; readonly id: number }
  | { readonly kind: 'bundle'; readonly bundle: string }

/** What became of a try. */
export type Outcome =
  /** The receiver has it: true whatever happened to the lease. `note`: who will never have it, and why. */
  | { readonly kind: 'delivered'; readonly recipients: Recipients; readonly note: string | null }
  /** Tried again for the addresses that are not settled. */
  | { readonly kind: 'retry'; readonly inMs: number; readonly error: ErrorRecord; readonly recipients: Recipients }
  /** The settings are wrong, which every message that they are for would meet: all of them wait. */
  | { readonly kind: 'held'; readonly inMs: number; readonly error: ErrorRecord }
  | { readonly kind: 'failed'; readonly error: ErrorRecord; readonly recipients: Recipients }

/**
 * Where notifications wait. A row is queued, leased, delivered or failed:
 *
 * - queued: entered by `enqueue`, by a try that is repeated (not before its time) and by `retry`; left by `claim`. Held ones are queued:
 *   the first message that arrives by the same settings makes all of them due;
 * - leased: entered by `claim`; left by `record`, or by the end of the lease, after which `claim` finds it again;
 * - delivered (to all, or partly), failed: final, but that `retry` queues again what has not arrived.
 *
 * `deliveries` counts how often the receiver may have got the message: more than 1 only after a crash window, in which a sender had
 * handed the message over and could not record the answer, and where addresses were tried alone.
 */
export interface Outbox {
  /** Shown in events and lists, e.g. the project. */
  readonly name: string
  /** What is due longest; `undefined`: nothing is. */
  due(windowMs: number): Promise<Due | undefined>
  /** At most `count` of the selected, the longest due first, leased for `leaseMs` by the database's clock. Several become a bundle. */
  claim(count: number, leaseMs: number, of?: Selection): Promise<readonly Claimed[]>
  /** The selected are not due before. */
  postpone(of: Selection, inMs: number): Promise<void>
  /** Of all that left in one mail. Of claims that are no longer the latest only the counts and who has it are kept. */
  record(claimed: readonly Claimed[], outcome: Outcome): Promise<void>
}
