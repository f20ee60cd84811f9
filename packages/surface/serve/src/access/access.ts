import { SluiceError } from '@sluice/core'
import type { Context } from 'hono'
import { getCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import { type Caller, isOwner } from './caller.ts'
import { issueTicket, readTicket, sameText } from './tickets.ts'

export const sessionCookie = 'sluice_session'

export interface Access {
  /** A new login code: valid once, for ten minutes. */
  issueLoginCode(): string
  /** A session for the code. @throws `request.denied` for a code that is used, late or not ours. */
  redeemLoginCode(code: string): string
  /** @throws `request.denied`: without credentials (401) or with wrong ones (403). */
  callerOf(context: Context): Caller
}

/**
 * Codes used so far are remembered for as long as they would be valid; those issued before this server started are refused, so that a restart
 * does not make a used one valid again.
 */
export function createAccess(key: string, clock: () => number = Date.now): Access {
  const startedAt = clock()
  const used = new Map<string, number>()
  return {
    issueLoginCode: () => issueTicket(key, 'login', clock()),
    redeemLoginCode(code) {
      const now = clock()
      const ticket = readTicket(key, 'login', code, now)
      if (ticket === undefined || ticket.issuedAt < startedAt || used.has(ticket.nonce)) throw lateCode()
      for (const [nonce, issuedAt] of used) if (now - issuedAt > 3_600_000) used.delete(nonce)
      used.set(ticket.nonce, ticket.issuedAt)
      return issueTicket(key, 'session', now)
    },
    callerOf(context) {
      if (isOwner(context.env)) return { kind: 'owner' }
      const [scheme, token = ''] = (context.req.header('authorization') ?? '').split(' ')
      if (scheme?.toLowerCase() === 'bearer') {
        if (sameText(token, key)) return { kind: 'token' }
        throw denied('the token is not the one of this server', false)
      }
      const session = getCookie(context, sessionCookie)
      if (session !== undefined && readTicket(key, 'session', session, clock()) !== undefined) {
        refuseForeignPage(context)
        return { kind: 'session' }
      }
      throw denied('this needs a token or a session', true)
    },
  }
}

/** A browser sends the cookie along with what other sites ask it to send; such requests are refused when they change something. */
function refuseForeignPage(context: Context): void {
  if (['GET', 'HEAD'].includes(context.req.method)) return
  const site = context.req.header('sec-fetch-site')
  const origin = context.req.header('origin')
  const ours = site === undefined ? origin !== undefined && URL.parse(origin)?.host === context.req.header('host') : site === 'same-origin'
  if (!ours) throw denied('a page of another site may not do this', false)
}

const denied = (message: string, anonymous: boolean): SluiceError =>
  new SluiceError('request.denied', message, {
    facts: { anonymous },
    next: 'Send "Authorization: Bearer <token>" with the token of the file "key" in the state directory, or open a login link in the browser.',
  })

const lateCode = (): SluiceError =>
  new SluiceError('request.denied', 'this login link was used already or is too old', {
    facts: { anonymous: false },
    next: 'Each link works once, for ten minutes. Ask for a new one where Sluice runs.',
  })

/** What each later handler reads as `c.var.caller`. */
export interface AccessVariables {
  readonly caller: Caller
}

export const authorise = (access: Access) =>
  createMiddleware<{ Variables: AccessVariables }>(async (context, next) => {
    context.set('caller', access.callerOf(context))
    await next()
  })
