import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { connectionOf } from './connection.ts'
import { lifeSeconds } from './tickets.ts'

/**
 * Browsers keep `__Host-` cookies to the one host that set them over TLS. Without TLS the name has the port that the browser asked:
 * cookies know no ports, and two servers of one host would sign each other's people out.
 */
function nameFor(context: Context): string {
  if (connectionOf(context).encrypted) return '__Host-sluice_session'
  const port = /:(\d+)$/.exec(context.req.header('host') ?? '')?.[1]
  return port === undefined ? portless : `${portless}_${port}`
}

const portless = 'sluice_session'

const attributes = (context: Context) => ({ httpOnly: true, sameSite: 'Lax', path: '/', secure: connectionOf(context).encrypted }) as const

/**
 * Programs that keep the cookie apart from its host may show it under the name without a port. Over TLS the one name counts: a page of a
 * sibling host can set any cookie for ours, save one with that prefix.
 */
export const readSession = (context: Context): string | undefined =>
  getCookie(context, nameFor(context)) ?? (connectionOf(context).encrypted ? undefined : getCookie(context, portless))

export const giveSession = (context: Context, session: string): void =>
  setCookie(context, nameFor(context), session, { ...attributes(context), maxAge: lifeSeconds('session') })

export const dropSession = (context: Context): void => void deleteCookie(context, nameFor(context), attributes(context))
