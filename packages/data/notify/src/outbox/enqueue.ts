import type { Channel } from '@sluice/author'
import type { Json } from '@sluice/core'
import { type Queryable, storableJson, storableText } from '@sluice/postgres'
import type { Message } from '../message.ts'
import { enqueueSql, type TableName, warehouseOutbox } from './statements.ts'

export interface Notification {
  /** Unique for ever: a second message with the same key is not sent (`notificationKey`). */
  readonly key: string
  readonly channel: Channel
  readonly message: Message
  /** What it is about: many messages of one topic become one mail. Its subject unless given. */
  readonly topic?: string
  /** What a program may want to know later: run, batch, counts. */
  readonly facts?: Readonly<Record<string, Json>>
}

/**
 * Puts a message into the outbox, in the caller's transaction where `db` is one: it is sent if and only if that commits.
 * Answers whether the key was new.
 */
export async function enqueue(
  db: Queryable,
  { key, channel, message, topic = message.subject, facts = {} }: Notification,
  table: TableName = warehouseOutbox,
): Promise<boolean> {
  const { subject, text, html, brief } = message
  const texts = [topic, subject, text, html].map(storableText)
  const values = [
    key,
    JSON.stringify(channel),
    ...texts,
    storableJson({ ...facts, ...(brief === undefined ? {} : { brief: { ...brief } as unknown as Json }) }),
  ]
  return (await db.execute(enqueueSql(table), values)) === 1
}
