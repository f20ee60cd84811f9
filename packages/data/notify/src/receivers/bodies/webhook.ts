import { createHmac } from 'node:crypto'
import { formatInstant, type Instant, type Json } from '@sluice/core'
import type { Told } from '../told.ts'

/** A message as a program reads it: type, time and data, as Standard Webhooks lays them out. */
export const webhookBody = ({ id, subject, text, brief: { kind, severity, about, facts, link } }: Told, at: Instant): Json => ({
  type: `sluice.${kind}`,
  timestamp: formatInstant(at),
  data: {
    id,
    subject,
    text,
    severity: kind === 'problem' ? (severity ?? 'warning') : null,
    about: about ?? null,
    facts: facts.map(([label, value]) => ({ label, value })),
    link: link === undefined ? null : { ...link },
  },
})

/**
 * The headers by which a receiver knows that a body is ours, of now, and not a double: Standard Webhooks 1.0, HMAC-SHA256 over
 * `<id>.<seconds>.<body>`. A key `whsec_...` is base64, any other its own bytes.
 */
export function signed(id: string, at: Instant, body: string, key: string): Readonly<Record<string, string>> {
  const seconds = String(Math.floor(at / 1_000))
  const bytes = key.startsWith('whsec_') ? Buffer.from(key.slice(6), 'base64') : Buffer.from(key)
  const signature = createHmac('sha256', bytes).update(`${id}.${seconds}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${signature}` }
}
