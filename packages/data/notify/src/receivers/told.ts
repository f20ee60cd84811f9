import { createHash } from 'node:crypto'
import type { Brief, Sending } from '../message.ts'

/** A message as the bodies of all channels are made from it. */
export interface Told {
  /** The same at every repeat: receivers know a double by it. */
  readonly id: string
  readonly subject: string
  readonly text: string
  readonly brief: Brief
}

export const toldOf = ({ key, message: { subject, text, brief } }: Pick<Sending, 'key' | 'message'>): Told => ({
  id: `msg_${createHash('sha256').update(key).digest('hex').slice(0, 40)}`,
  subject,
  text,
  brief: brief ?? { kind: 'news', facts: [] },
})

/** The incident of a message, at most `most` characters: what it is about, or the message alone. */
export function incidentOf({ id, brief: { about } }: Told, most: number): string {
  if (about === undefined) return id
  return about.length <= most ? about : createHash('sha256').update(about).digest('hex')
}

/** At most `most` UTF-16 units, with a sign where more was cut off; never half a character. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text
  return `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}

/** Colour never says it alone. */
export const signOf = ({ kind, severity }: Brief): string =>
  kind === 'recovery' ? '✅' : kind === 'news' ? 'ℹ️' : severity === 'critical' ? '🔴' : '🟠'
