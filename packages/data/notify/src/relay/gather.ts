import type { Due, Selection } from '../outbox/outbox.ts'

/** How many mails one reader gets before several messages become one mail. */
export interface Gathering {
  readonly windowMs: number
  /** Mails on one topic, such as the failures of one pipeline, in a window. */
  readonly ofTopic: number
  /** Mails to one channel in a window, whatever their topics. */
  readonly toChannel: number
}

export const gathering: Gathering = Object.freeze({ windowMs: 300_000, ofTopic: 3, toChannel: 20 })

export type NextMail =
  /** One message a mail, or all that are selected in one. */
  | { readonly kind: 'send'; readonly of: Selection; readonly count: number }
  /** The reader has had enough in this window: they leave together when it is over. */
  | { readonly kind: 'wait'; readonly of: Selection; readonly inMs: number }

/** Read by programs, which gather by themselves and need each message. */
const programs: ReadonlySet<Due['channel']> = new Set(['webhook', 'pagerduty', 'opsgenie'])

/** The most messages of one mail; more leave in the next. */
const mostInOne = 1_000

/**
 * The next mail for the reader of the message that is due longest. A few leave one by one, at once; a storm becomes one mail that counts,
 * and what follows it within the window waits for the end of the window.
 */
export function nextMail(
  { id, channel: kind, bundle, fresh, topics, topic, sent, sentOfTopic, windowEndsInMs }: Due,
  limits: Gathering,
): NextMail {
  // What left together once leaves together again: its reader may have it already, and knows it by its Message-ID.
  if (bundle !== null) return { kind: 'send', of: { kind: 'bundle', bundle }, count: mostInOne }
  if (!fresh || programs.has(kind)) return { kind: 'send', of: { kind: 'message', id }, count: 1 }
  const room = limits.toChannel - sent
  const roomOfTopic = limits.ofTopic - sentOfTopic
  const channel: Selection = { kind: 'channel', id }
  const ofTopic: Selection = { kind: 'topic', id }
  if (room <= 0) return { kind: 'wait', of: channel, inMs: windowEndsInMs }
  if (roomOfTopic <= 0) return { kind: 'wait', of: ofTopic, inMs: windowEndsInMs }
  const mails = Object.values(topics).reduce((sum, count) => sum + (count > limits.ofTopic ? 1 : count), 0)
  if (mails > room) return { kind: 'send', of: channel, count: mostInOne }
  return { kind: 'send', of: ofTopic, count: (topics[topic] ?? 1) > roomOfTopic ? mostInOne : 1 }
}
