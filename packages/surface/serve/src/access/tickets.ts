import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { type KeyUse, subKey } from './sub-keys.ts'

/** `session`: the owner's; `user`: that of a user, whose nonce is the session kept in the metadata database. */
export type Purpose = 'login' | 'session' | 'user'

const lifeMs: Readonly<Record<Purpose, number>> = { login: 10 * 60_000, session: 12 * 3_600_000, user: 12 * 3_600_000 }
const keyUse: Readonly<Record<Purpose, KeyUse>> = { login: 'login link', session: 'owner session', user: 'user session' }

/**
 * A signed statement "the owner let this in until then", `<issued ms>.<nonce>.<signature>`. Any process that has the key can issue a login
 * link for the server that runs.
 */
export function issueTicket(key: string, purpose: Purpose, now: number, nonce = randomBytes(16).toString('base64url')): string {
  const body = `${now}.${nonce}`
  return `${body}.${sign(key, purpose, body)}`
}

/** The ticket's parts when it is genuine and in time, `undefined` otherwise. */
export function readTicket(key: string, purpose: Purpose, ticket: string, now: number): { nonce: string; issuedAt: number } | undefined {
  const [issued = '', nonce = '', signature = '', ...rest] = ticket.split('.')
  if (rest.length > 0 || !sameText(signature, sign(key, purpose, `${issued}.${nonce}`))) return undefined
  const issuedAt = Number(issued)
  return now - issuedAt <= lifeMs[purpose] && issuedAt <= now + 60_000 ? { nonce, issuedAt } : undefined
}

export const lifeSeconds = (purpose: Purpose): number => lifeMs[purpose] / 1_000

const sign = (key: string, purpose: Purpose, body: string): string =>
  createHmac('sha256', subKey(key, keyUse[purpose])).update(body).digest('base64url')

/** Takes the same time wherever the texts differ. Both are hashed first, so that their lengths do not show either. */
export function sameText(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHmac('sha256', 'sluice').update(text).digest()
  return timingSafeEqual(digest(given), digest(wanted))
}
