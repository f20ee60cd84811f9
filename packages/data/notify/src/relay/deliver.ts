import { type ErrorRecord, given, type RetryPolicy, SluiceError, toErrorRecord, unreachable } from '@sluice/core'
import { digest } from '../digest/digest.ts'
import { notifyErrors } from '../errors.ts'
import type { Message, Recipients, Sending, Transports } from '../message.ts'
import type { Claimed, Outbox } from '../outbox/outbox.ts'
import { outcomeOf } from './plan.ts'

/** What came of one mail. */
export interface RelayEvent {
  /** `held`: until the settings are corrected. */
  readonly type: 'delivered' | 'retry' | 'held' | 'failed'
  readonly outbox: string
  /** Of the message, or of the first of those that left together. */
  readonly key: string
  readonly messages: number
  readonly channel: string
  readonly to: string
  readonly attempt: number
  /** Of all but `delivered`. */
  readonly error?: ErrorRecord
  /** Of `retry` and `held`. */
  readonly inMs?: number
  /** Of `delivered`: who will never have it, and why. */
  readonly note?: string
}

export interface DeliverOptions {
  readonly transports: Transports
  readonly retry: RetryPolicy
  readonly leaseMs: number
  readonly random: () => number
}

/**
 * Sends claimed notifications, which share a channel, in one mail and records what came of it. Throws only when that cannot be recorded;
 * the lease's end repairs it.
 */
export async function deliver(
  outbox: Outbox,
  [first, ...others]: readonly [Claimed, ...Claimed[]],
  options: DeliverOptions,
): Promise<RelayEvent> {
  const { key, channel, attempt } = first
  const all = [first, ...others] as const
  const outcome = outcomeOf(options.retry, first, await tried(all, options), options.random())
  await outbox.record(all, outcome)
  const about = { outbox: outbox.name, key, messages: all.length, channel: channel.channel, to: channel.to, attempt }
  switch (outcome.kind) {
    case 'delivered':
      return { type: 'delivered', ...about, ...given({ note: outcome.note ?? undefined }) }
    case 'failed':
      return { type: 'failed', ...about, error: outcome.error }
    case 'retry':
    case 'held':
      return { type: outcome.kind, ...about, error: outcome.error, inMs: outcome.inMs }
    default:
      return unreachable(outcome)
  }
}

async function tried(
  all: readonly [Claimed, ...Claimed[]],
  options: DeliverOptions,
): Promise<{ readonly answers: Recipients; readonly error?: ErrorRecord }> {
  try {
    return { answers: await send(all, options) }
  } catch (thrown) {
    const error = toErrorRecord(thrown, notifyErrors.unavailable)
    const apart = thrown instanceof SluiceError ? (thrown.facts as { readonly recipients?: Recipients }).recipients : undefined
    return { answers: apart ?? {}, error }
  }
}

async function send(all: readonly [Claimed, ...Claimed[]], { transports, leaseMs }: DeliverOptions): Promise<Recipients> {
  const [{ key, channel, bundle, settled }] = all
  const transport = transports[channel.channel]
  if (transport === undefined) {
    const known = Object.keys(transports)
    throw notifyErrors.refused(`nothing here sends to the channel "${channel.channel}"`, {
      facts: { channel: channel.channel, known },
      next:
        known.length === 0
          ? 'Set up the mail server in .env or sluice.config.ts (smtpHost), then send it again: sluice notify retry.'
          : `Use one of: ${known.join(', ')}.`,
    })
  }
  // Over before the lease is: while one relay sends, no other may.
  const signal = AbortSignal.timeout(Math.ceil(leaseMs * 0.75))
  const message: Message = all.length === 1 ? await all[0].message() : await digest(all)
  const sending: Sending = { key: bundle ?? key, to: channel.to, message, settled }
  return await transport.send(sending, signal)
}
