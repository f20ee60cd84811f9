import { type ErrorRecord, type RetryPolicy, toErrorRecord } from '@sluice/core'
import { notifyErrors } from '../errors.ts'
import type { Sending, Sent, Transports } from '../message.ts'
import type { Claimed, Outbox } from '../outbox/outbox.ts'
import { retryInMs } from './plan.ts'

export interface RelayEvent {
  readonly type: 'delivered' | 'retry' | 'failed'
  readonly outbox: string
  readonly key: string
  readonly channel: string
  readonly to: string
  readonly attempt: number
  /** Of `retry` and `failed`. */
  readonly error?: ErrorRecord
  /** Of `retry`. */
  readonly inMs?: number
  /** Of `delivered`. */
  readonly refused?: Sent['refused']
}

export interface DeliverOptions {
  readonly transports: Transports
  readonly retry: RetryPolicy
  readonly leaseMs: number
  readonly random: () => number
}

/** Sends one claimed notification and records what came of it. Throws only when that cannot be recorded; the lease's end repairs it. */
export async function deliver(outbox: Outbox, claimed: Claimed, options: DeliverOptions): Promise<RelayEvent> {
  const { key, channel, attempt } = claimed
  const about = { outbox: outbox.name, key, channel: channel.channel, to: channel.to, attempt }
  let sent: Sent
  try {
    sent = await send(claimed, options)
  } catch (thrown) {
    const error = toErrorRecord(thrown, notifyErrors.unavailable)
    const inMs = retryInMs(options.retry, attempt, error, options.random())
    await outbox.failed(claimed, error, inMs)
    return inMs === null ? { type: 'failed', ...about, error } : { type: 'retry', ...about, error, inMs }
  }
  await outbox.delivered(claimed, sent)
  return { type: 'delivered', ...about, refused: sent.refused }
}

async function send({ key, channel, message }: Claimed, { transports, leaseMs }: DeliverOptions): Promise<Sent> {
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
  const sending: Sending = { key, to: channel.to, message: await message() }
  return await transport.send(sending, signal)
}
