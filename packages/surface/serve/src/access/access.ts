import { createHash } from 'node:crypto'
import { type By, grantsOf, looksLikeToken, ownerGrants, type UserSummary } from '@sluice/accounts'
import { requestErrors, type SluiceError, unreachable } from '@sluice/core'
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { type Caller, isOwner } from '../endpoint/caller.ts'
import type { UsersApi } from '../services.ts'
import { type ConnectionVariables, connectionOf, isLocal, placeOf } from './connection.ts'
import type { CheckRights } from './rights.ts'
import { readSession } from './session-cookie.ts'
import { ownerToken } from './sub-keys.ts'
import { createThrottle, type KeptCounts } from './throttle.ts'
import { issueTicket, lifeSeconds, readTicket, sameText } from './tickets.ts'

export interface Access {
  /** A new login code: valid once, for ten minutes. */
  issueLoginCode(): string
  /** Does nothing for a code that would be redeemed. @throws `request.denied` as `redeemLoginCode` does */
  checkLoginCode(code: string, users: Pick<UsersApi, 'sessionEnded'>): Promise<void>
  /**
   * A session for the code, which is spent in the metadata database: any server on it knows, also after a restart. `record` is called in
   * that transaction. @throws `request.denied` for a code that is used, late or not ours
   */
  redeemLoginCode(code: string, users: Pick<UsersApi, 'endSession'>, record: NonNullable<By['record']>): Promise<string>
  /** A session for username and password. @throws `request.denied` for wrong ones, `request.throttled` after too many tries. */
  signIn(
    users: Pick<UsersApi, 'verify'> & KeptCounts,
    given: Credentials,
  ): Promise<{ readonly user: UserSummary; readonly session: string }>
  /**
   * Sets another password for whoever shows the present one. All earlier sessions end; the new one is given. `record` is called in the
   * transaction of the change.
   * @throws as `signIn`; `request.invalid` for a new password that is too short or the same
   */
  changePassword(
    users: Pick<UsersApi, 'verify' | 'change'> & KeptCounts,
    given: Credentials & { readonly newPassword: string },
    record: NonNullable<By['record']>,
  ): Promise<{ readonly user: UserSummary; readonly session: string }>
  /**
   * Ends the session of the request's cookie, for good. False when there was none. `record` is called in the transaction of the change with
   * the name of the user, `null` of the owner.
   */
  endSession(
    context: Context,
    users: Pick<UsersApi, 'endSession' | 'sessionEnded' | 'bySession'>,
    record: (username: string | null, tx: Parameters<NonNullable<By['record']>>[0]) => Promise<void>,
  ): Promise<boolean>
  /** @throws `request.denied`: without credentials (401) or with wrong ones (403). */
  callerOf(context: Context, users: Identities): Promise<Caller>
}

/** What finding out who asks needs of the accounts. */
export type Identities = Pick<UsersApi, 'bySession' | 'sessionEnded' | 'byToken'>

export interface Credentials {
  readonly username: string
  readonly password: string
  /** Where the request comes from. */
  readonly address: string
}

export function createAccess(key: string, clock: () => number = Date.now): Access {
  const throttle = createThrottle(clock)
  const token = ownerToken(key)
  const signIn: Access['signIn'] = async (users, { username, password, address }) => {
    const from = { name: username.toLowerCase(), address: placeOf(address) }
    const verified = await throttle.attempt(from, () => users.verify(username, password), users)
    if (verified === undefined) throw wrongCredentials()
    return { user: verified.user, session: issueTicket(key, 'user', clock(), verified.session) }
  }
  const ticketOf = (session: string) => {
    for (const purpose of ['session', 'user'] as const) {
      const ticket = readTicket(key, purpose, session, clock())
      if (ticket !== undefined) return { purpose, ticket }
    }
    return undefined
  }
  const loginTicketOf = (code: string, now: number) => {
    const ticket = readTicket(key, 'login', code, now)
    if (ticket === undefined) throw lateCode()
    return ticket
  }
  return {
    issueLoginCode: () => issueTicket(key, 'login', clock()),
    async checkLoginCode(code, users) {
      loginTicketOf(code, clock())
      if (await users.sessionEnded(markOf(code))) throw lateCode()
    },
    async redeemLoginCode(code, users, record) {
      const now = clock()
      const { issuedAt } = loginTicketOf(code, now)
      // Kept a minute longer than the code may be used: the clock of the database may go before ours.
      const until = issuedAt + (lifeSeconds('login') + 60) * 1_000
      if (!(await users.endSession(markOf(code), until, { actor: 'owner', record }))) throw lateCode()
      return issueTicket(key, 'session', now)
    },
    signIn,
    async changePassword(users, { newPassword, ...given }, record) {
      const { user } = await signIn(users, given)
      if (newPassword === given.password) {
        throw requestErrors.invalid('the new password is the present one', { next: 'Choose another.' })
      }
      await users.change(user.username, { password: newPassword }, { actor: `user:${user.username}`, record })
      return await signIn(users, { ...given, password: newPassword })
    },
    async endSession(context, users, record) {
      const session = readSession(context)
      const found = session === undefined ? undefined : ticketOf(session)
      if (session === undefined || found === undefined || (await users.sessionEnded(markOf(session)))) return false
      const { purpose, ticket } = found
      const user = purpose === 'user' ? await users.bySession(ticket.nonce) : null
      // Another password, or the removal of its user, has ended it already.
      if (user === undefined) return false
      const username = user?.username ?? null
      const by: By = { actor: username === null ? 'owner' : `user:${username}`, record: (tx) => record(username, tx) }
      return await users.endSession(markOf(session), ticket.issuedAt + lifeSeconds(purpose) * 1_000, by)
    },
    async callerOf(context, users) {
      if (isOwner(context.env)) return ownerBy('owner')
      const [scheme, shown = ''] = (context.req.header('authorization') ?? '').split(' ')
      if (scheme?.toLowerCase() === 'bearer') {
        if (looksLikeToken(shown)) return await callerOfToken(users, shown)
        // Compared on every road, so that the time does not tell which.
        const [isToken, isKey] = [sameText(shown, token), sameText(shown, key)]
        if (isToken || (isKey && isLocal(connectionOf(context)))) return ownerBy('key')
        throw denied('wrong token: this server has another one', false)
      }
      const session = readSession(context)
      const found = session === undefined ? undefined : ticketOf(session)
      if (session === undefined || found === undefined || (await users.sessionEnded(markOf(session)))) throw anonymous()
      if (found.purpose === 'session') {
        refuseForeignPage(context)
        return ownerBy('link')
      }
      const user = await users.bySession(found.ticket.nonce)
      if (user !== undefined) {
        refuseForeignPage(context)
        return { kind: 'user', actor: `user:${user.username}`, username: user.username, grants: grantsOf(user) }
      }
      throw anonymous()
    },
  }
}

/**
 * A browser sends the cookie with every request, also with one that another site makes it send; such a request is refused when it changes
 * something. `browsers`: a request without both headers does not come from a browser, which leaves no cookie to abuse.
 */
export function refuseForeignPage(context: Context, who: 'everybody' | 'browsers' = 'everybody'): void {
  if (['GET', 'HEAD'].includes(context.req.method)) return
  const site = context.req.header('sec-fetch-site')
  const origin = context.req.header('origin')
  if (who === 'browsers' && site === undefined && origin === undefined) return
  const ours = site === undefined ? origin !== undefined && URL.parse(origin)?.host === context.req.header('host') : site === 'same-origin'
  if (!ours) throw denied('a page of another site may not do this', false)
}

const ownerBy = (kind: 'owner' | 'key' | 'link'): Caller => ({ kind, actor: 'owner', username: null, grants: ownerGrants })

/** A token that is wrong, or whose time is over, leaves its sender as unknown as if there were none. */
async function callerOfToken(users: Identities, token: string): Promise<Caller> {
  const found = await users.byToken(token)
  switch (found.state) {
    case 'valid': {
      const { user, name, grants } = found
      return { kind: 'token', actor: `token:${user.username}/${name}`, username: user.username, grants }
    }
    case 'expired':
      throw badToken('the time of this token is over')
    case 'unknown':
      throw badToken('there is no such token: it was revoked, or its user is gone or disabled')
    default:
      return unreachable(found)
  }
}

const badToken = (message: string): SluiceError =>
  requestErrors.denied(message, {
    facts: { anonymous: true },
    next: 'Make a new one: sluice tokens create NAME --role ROLE --expires 30d.',
  })

const anonymous = (): SluiceError => denied('this needs a token or a session', true)

/** What is kept of a session that was ended: its hash, not the session itself. */
const markOf = (session: string): string => createHash('sha256').update(session).digest('base64url')

const denied = (message: string, anonymous: boolean): SluiceError =>
  requestErrors.denied(message, {
    facts: { anonymous },
    next: 'Send "Authorization: Bearer <token>" with what "sluice login --owner-token" prints where Sluice runs, or sign in at /login in the browser.',
  })

const lateCode = (): SluiceError =>
  requestErrors.denied('this login link was used already or is too old', {
    facts: { anonymous: false },
    next: 'Each link works once, for ten minutes. Ask for a new one where Sluice runs: sluice login.',
  })

const wrongCredentials = (): SluiceError =>
  requestErrors.denied('wrong username or password', {
    facts: { anonymous: false },
    next: 'Check both. An admin sets a new password with "sluice users passwd USERNAME".',
  })

/** What each later handler reads as `c.var.caller`. */
export interface AccessVariables extends ConnectionVariables {
  readonly caller: Caller
  /** Finds out again who asks and whether they may. @throws `request.denied` where they may no longer */
  readonly callerNow: () => Promise<Caller>
  /** Told who asks, also when they are refused for it. */
  readonly trail?: { identify(caller: Caller): void }
}

/** Finds out who asks and whether they may, for every route that is registered after it. */
export const authorise = (access: Access, users: Identities, check: CheckRights) =>
  createMiddleware<{ Variables: AccessVariables }>(async (context, next) => {
    const callerNow = async (): Promise<Caller> => {
      const caller = await access.callerOf(context, users)
      // Told before the refusal, so that the row of the call says who was refused.
      context.var.trail?.identify(caller)
      check(context, caller)
      return caller
    }
    context.set('caller', await callerNow())
    context.set('callerNow', callerNow)
    await next()
  })
