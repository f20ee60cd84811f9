import type { Pool } from '@sluice/postgres'
import type { KeyedMessage } from '../act/services.ts'

/** One row a channel in the warehouse's outbox, in one transaction. A key that is there already stays as it is. */
export async function queueMessage(
  pool: Pool,
  { key, to, subject, text, html, facts }: KeyedMessage,
): Promise<{ readonly queued: number; readonly already: number }> {
  const { enqueue, notificationKey } = await import('@sluice/notify')
  const message = { subject, text, html: html ?? htmlOf(text) }
  return await pool.transaction(async (tx) => {
    let queued = 0
    for (const channel of to) if (await enqueue(tx, { key: notificationKey(key, channel), channel, message, facts })) queued++
    return { queued, already: to.length - queued }
  })
}

/** The plain text as it stands, line ends and columns kept. */
function htmlOf(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return `<pre style="white-space: pre-wrap">${escaped}</pre>`
}
