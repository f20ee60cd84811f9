import { setTimeout as sleep } from 'node:timers/promises'
import { type ReceiverKind, receiverKinds } from '@sluice/author'
import { maskOf, type SluiceError } from '@sluice/core'
import { notifyErrors } from '../errors.ts'
import type { Recipients, Transport, Transports } from '../message.ts'
import { refusalOf, type Shown, unanswered } from './classify.ts'
import { paceMs, type Turns, turnsOf } from './pace.ts'
import { type Call, callOf } from './plan.ts'
import { post } from './post.ts'
import type { Receiver, ReceiverBook } from './receiver.ts'
import { toldOf } from './told.ts'

export interface ReceiverOptions {
  /** The longest wait for an answer. Default 15 s. */
  readonly timeoutMs?: number
  readonly now?: () => number
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>
}

/** A transport for each channel beside e-mail. Of each receiver the calls follow each other no faster than its service takes them. */
export const receiverTransports = (book: ReceiverBook, options: ReceiverOptions = {}): Transports =>
  Object.fromEntries(receiverKinds.map((kind) => [kind, transportOf(kind, book[kind], options)]))

function transportOf(kind: ReceiverKind, receivers: ReceiverBook[ReceiverKind], options: ReceiverOptions): Transport {
  const { timeoutMs = 15_000, now = Date.now, wait = async (ms, signal) => void (await sleep(ms, undefined, { signal })) } = options
  const turns = new Map<string, Turns>()
  return {
    async send(sending, given): Promise<Recipients> {
      const { to } = sending
      const receiver = Object.hasOwn(receivers, to) ? receivers[to] : undefined
      if (receiver === undefined || receiver.waitsFor !== undefined) throw cannotBeTold(kind, to, receiver?.waitsFor)
      const signal = given ?? new AbortController().signal
      const told = toldOf(sending)
      const shown: Shown = { kind, to, host: hostOf(callOf(kind, receiver, told, now())) }
      const own = turns.get(to) ?? turnsOf(paceMs[kind])
      turns.set(to, own)
      const turn = own.take(now())
      if (turn.kind === 'later') throw busy(shown, turn.inMs)
      if (turn.inMs > 0) await wait(turn.inMs, signal)
      // Planned when it leaves: a signature is good for some minutes.
      const call = callOf(kind, receiver, told, now())
      const answer = await post(call, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])).catch((thrown: unknown) => {
        throw unanswered(shown, thrown)
      })
      const refusal = refusalOf(shown, { ...answer, text: maskOf(secretsOf(call, receiver))(answer.text) }, now())
      if (refusal === undefined) return { [to]: { state: 'delivered' } }
      const { retryAfterMs } = refusal.facts as { readonly retryAfterMs?: number }
      if (retryAfterMs !== undefined) own.pause(now() + retryAfterMs)
      throw refusal
    },
  }
}

const hostOf = ({ url }: Call): string => (URL.canParse(url) ? new URL(url).host : 'no address')

/** The address of a webhook is its key: whole, and its path alone. */
function secretsOf({ url }: Call, { key }: Receiver): readonly string[] {
  const { pathname, search } = new URL(url)
  return [url, pathname, search, ...pathname.split('/'), key ?? ''].filter((text) => text.length >= 8)
}

function busy(shown: Shown, inMs: number): SluiceError {
  return notifyErrors.unavailable(`${shown.kind} receiver "${shown.to}" takes nothing now`, {
    facts: { ...shown, retryAfterMs: inMs },
    next: 'It is sent by itself when the service takes messages again.',
  })
}

function cannotBeTold(kind: ReceiverKind, to: string, waitsFor: string | undefined): SluiceError {
  if (waitsFor !== undefined)
    return notifyErrors.misconfigured(`${kind} receiver "${to}": ${waitsFor}`, {
      facts: { kind, to },
      next: 'Messages wait until then; sluice notify retry sends them at once.',
    })
  return notifyErrors.misconfigured(`this platform has no ${kind} receiver "${to}"`, {
    facts: { kind, to },
    next: `Declare it as receivers.${kind} in sluice.config.ts; messages wait until then.`,
  })
}
