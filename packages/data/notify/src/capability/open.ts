import { type Attempt, type Capability, type Channel, writeOf } from '@sluice/author'
import { definitionErrors, given, type Json, type Mask } from '@sluice/core'
import type { Pool } from '@sluice/postgres'
import { type Brief, type Message, notificationKey } from '../message.ts'
import { enqueue } from '../outbox/enqueue.ts'
import { html } from '../parts/html.ts'
import type { NotifyContext, Queued, TaskMessage } from './define.ts'

export interface NotifyOptions {
  /** The database of the outbox, connected to by the first message: the project's warehouse. */
  readonly outbox: () => Promise<Pool>
  /** Hides secrets in what is sent. Default: nothing is hidden. */
  readonly mask?: Mask
}

/** Messages of tasks. */
export const notifyCapability = ({ outbox, mask = (text) => text }: NotifyOptions): Capability<NotifyContext> => ({
  name: 'notify',
  context: (attempt) => ({ notify: { send: (message) => send(outbox, attempt, masked(mask, message)) } }),
  writes: ['notify.send'],
})

/** Sends nothing and keeps nothing: the log tells whom which message would go to. */
export const untoldCapability = ({ mask = (text) => text }: Pick<NotifyOptions, 'mask'>): Capability<NotifyContext> => ({
  name: 'notify',
  context: ({ task, log }) => ({
    notify: {
      send: async ({ key, to, subject }) => {
        refuseNobody(task.name, key, to)
        log.info(`would send "${mask(subject)}" to ${to.map((channel) => channel.to).join(', ')}`, { key, channels: to.length })
        return { queued: to.length, already: 0 }
      },
    },
  }),
})

/** Many read a mail, and it is kept in the outbox. The key names the message and is nothing that people see. */
const masked = (mask: Mask, message: TaskMessage): TaskMessage => ({
  ...message,
  subject: mask(message.subject),
  text: mask(message.text),
  ...(message.html === undefined ? {} : { html: mask(message.html) }),
  ...(message.brief === undefined ? {} : { brief: maskedBrief(mask, message.brief) }),
})

const maskedBrief = (mask: Mask, { facts, link, ...brief }: Brief): Brief => ({
  ...brief,
  facts: facts.map(([label, value]) => [mask(label), mask(value)]),
  ...(link === undefined ? {} : { link: { label: mask(link.label), url: mask(link.url) } }),
})

/** A message is known by batch identity and key, not by generation: clearing a task sends it again only where it says `resend`. */
async function send(outbox: () => Promise<Pool>, attempt: Attempt, message: TaskMessage): Promise<Queued> {
  const { key, to, subject, text, html, brief, resend = false } = message
  refuseNobody(attempt.task.name, key, to)
  const { batch, generation, project, pipeline, task, run, logicalTime } = writeOf(attempt, 'warehouse', 'public.sluice_outbox', {
    write: resend ? `notify ${attempt.generation} ${key}` : `notify ${key}`,
  })
  const facts = { project, pipeline, task, run, logicalTime, generation }
  const counts = await queue(await outbox(), {
    key: `${key}:${batch}`,
    to,
    message: { subject, text, html: html ?? htmlOf(text), ...given({ brief }) },
    topic: `${pipeline}:${task}`,
    facts,
  })
  attempt.log.info(`message "${key}": ${counts.queued} queued, ${counts.already} already there`, { ...counts, subject })
  return counts
}

function refuseNobody(task: string, key: string, to: readonly Channel[]): void {
  if (to.length > 0) return
  throw definitionErrors.invalid(`message "${key}" goes to nobody`, {
    facts: { task, key },
    next: "Name its channels under to, for example [email('ops')].",
  })
}

interface KeyedMessage {
  /** The message's own for ever: whatever comes under it again is the same message. */
  readonly key: string
  readonly to: readonly Channel[]
  readonly message: Message
  readonly topic: string
  readonly facts: Readonly<Record<string, Json>>
}

/** One row a channel, in one transaction. A key that is there already stays as it is. */
async function queue(pool: Pool, { key, to, message, topic, facts }: KeyedMessage): Promise<Queued> {
  return await pool.transaction(async (tx) => {
    let queued = 0
    for (const channel of to) if (await enqueue(tx, { key: notificationKey(key, channel), channel, message, topic, facts })) queued++
    return { queued, already: to.length - queued }
  })
}

/** The plain text as it stands, line ends and columns kept. */
const htmlOf = (text: string): string => html`<pre style="white-space: pre-wrap">${text}</pre>`.markup
