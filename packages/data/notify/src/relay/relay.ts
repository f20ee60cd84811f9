import type { RetryPolicy } from '@sluice/core'
import type { Transports } from '../message.ts'
import type { Outbox } from '../outbox/outbox.ts'
import { deliver, type RelayEvent } from './deliver.ts'
import { type Gathering, gathering, nextMail } from './gather.ts'
import { relayRetry } from './plan.ts'

export interface RelayOptions {
  readonly outboxes: readonly Outbox[]
  readonly transports: Transports
  /** How long it sleeps when nothing was due. Default 5 s. */
  readonly pollMs?: number
  /** A relay that dies holds what it was sending for so long. A sending is cut off at three quarters of it. Default 2 minutes. */
  readonly leaseMs?: number
  /** Sendings at a time, of one outbox. Default 4. */
  readonly concurrency?: number
  /** Default `relayRetry`: longer than a day. */
  readonly retry?: RetryPolicy
  /** How many mails a reader gets before several messages become one. */
  readonly gathering?: Gathering
  /** In [0, 1), for jitter. */
  readonly random?: () => number
  readonly onEvent?: (event: RelayEvent) => void
  /** An outbox that could not be read or written; it is looked at again after `pollMs`. */
  readonly onError?: (outbox: string, error: unknown) => void
}

/** Mails, by what came of them. */
export interface RelayCounts {
  readonly delivered: number
  readonly retry: number
  readonly held: number
  readonly failed: number
}

export interface Relay {
  /** Sends all that is due now. Rejects with the first outbox's error when one could not be read or written, after the others are done. */
  runOnce(): Promise<RelayCounts>
  /** Something was put into an outbox: do not wait for the poll. */
  wake(): void
  /** Claims nothing more and waits for what is being sent. */
  stop(): Promise<void>
}

/** Delivers what its outboxes hold until it is stopped, at least once each. Any number of relays may share an outbox. */
export function startRelay(options: RelayOptions): Relay {
  const { pollMs = 5_000, onError = () => undefined } = options
  const stopping = new AbortController()
  let woken = Promise.withResolvers<void>()

  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const slept = woken
      await Promise.all(
        options.outboxes.map((outbox) => drain(outbox, options, stopping.signal).catch((error: unknown) => onError(outbox.name, error))),
      )
      const timer = setTimeout(slept.resolve, stopping.signal.aborted ? 0 : pollMs)
      await slept.promise
      clearTimeout(timer)
      if (woken === slept) woken = Promise.withResolvers<void>()
    }
  }
  const running = loop()

  const wake = (): void => {
    const slept = woken
    woken = Promise.withResolvers<void>()
    slept.resolve()
  }
  return {
    wake,
    runOnce: () => relayOnce(options, stopping.signal),
    async stop() {
      stopping.abort()
      wake()
      await running
    },
  }
}

/** Sends all that is due now, for a command or a test. See `Relay.runOnce`. */
export async function relayOnce(options: RelayOptions, signal?: AbortSignal): Promise<RelayCounts> {
  const drained = await Promise.allSettled(options.outboxes.map((outbox) => drain(outbox, options, signal)))
  const broken = drained.find((each) => each.status === 'rejected')
  if (broken !== undefined) throw broken.reason
  const events = drained.flatMap((each) => (each.status === 'fulfilled' ? each.value : []))
  const count = (type: RelayEvent['type']): number => events.filter((each) => each === type).length
  return { delivered: count('delivered'), retry: count('retry'), held: count('held'), failed: count('failed') }
}

/** Several senders, each claiming one mail at a time: a relay that dies leaves under lease only what it was sending. */
async function drain(outbox: Outbox, options: RelayOptions, signal?: AbortSignal): Promise<readonly RelayEvent['type'][]> {
  const { transports, leaseMs = 120_000, concurrency = 4, retry = relayRetry, random = Math.random, onEvent = () => undefined } = options
  const { gathering: limits = gathering } = options
  const outcomes: RelayEvent['type'][] = []
  const sender = async (): Promise<void> => {
    while (signal?.aborted !== true) {
      const due = await outbox.due(limits.windowMs)
      if (due === undefined) return
      const next = nextMail(due, limits)
      if (next.kind === 'wait') {
        await outbox.postpone(next.of, next.inMs)
        continue
      }
      const [first, ...others] = await outbox.claim(next.count, leaseMs, next.of)
      // Another sender was faster.
      if (first === undefined) continue
      const event = await deliver(outbox, [first, ...others], { transports, retry, leaseMs, random })
      outcomes.push(event.type)
      onEvent(event)
    }
  }
  const senders = await Promise.allSettled(Array.from({ length: concurrency }, sender))
  const broken = senders.find((each) => each.status === 'rejected')
  if (broken !== undefined) throw broken.reason
  return outcomes
}
