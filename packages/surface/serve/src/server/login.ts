import { z } from '@hono/zod-openapi'
import type { By } from '@sluice/accounts'
import { rolesEverywhere } from '@sluice/accounts/roles'
import { requestErrors } from '@sluice/core'
import type { Context } from 'hono'
import { type Access, refuseForeignPage } from '../access/access.ts'
import { connectionOf } from '../access/connection.ts'
import { loginPage } from '../access/login-page.ts'
import { giveSession } from '../access/session-cookie.ts'
import { problemSchema } from '../schemas/problem.ts'
import type { UsersApi } from '../services.ts'
import { limitBody, mostBytesOfLogin } from './body-size.ts'
import type { App } from './mount.ts'

/** What the server's log keeps of a sign-in. `username` is `null` of the owner, and where what was sent may be a password. */
export interface SignIn {
  readonly outcome: 'success' | 'failed' | 'throttled'
  readonly username: string | null
  readonly address: string
}
/** Which door: a password, a new password, a link; the way out. */
export type Door = 'login' | 'login.password' | 'login.link' | 'logout'
/** @param tx the transaction of a change, in which the row of it belongs */
export type Audit = (signIn: SignIn, door: Door, tx?: Recording) => void | Promise<void>
type RecordChange = NonNullable<By['record']>
export type Recording = Parameters<RecordChange>[0]

/** No user has such a name, and PostgreSQL cannot be asked for it. */
export const withoutNul = /^[^\0]*$/
const credentials = z
  .object({ username: z.string().min(1).max(256).regex(withoutNul), password: z.string().min(1).max(4_096) })
  .openapi('Credentials')
const signedIn = z.object({ username: z.string(), role: z.enum(rolesEverywhere) }).openapi('SignedIn')

/** `POST /login`: JSON is answered with JSON, a form with the front page or the form again. */
export function mountPasswordLogin(app: App, users: UsersApi, access: Access, audit: Audit): void {
  app.openAPIRegistry.registerPath({
    method: 'post',
    path: '/login',
    operationId: 'login_with_password',
    tags: ['platform'],
    summary: 'Trades username and password for a session cookie',
    security: [],
    request: {
      body: {
        required: true,
        content: { 'application/json': { schema: credentials }, 'application/x-www-form-urlencoded': { schema: credentials } },
      },
    },
    responses: {
      200: { description: 'To JSON, with the cookie.', content: { 'application/json': { schema: signedIn } } },
      303: { description: 'To a form: to the front page, with the cookie.' },
      default: { description: 'What went wrong (RFC 9457).', content: { 'application/problem+json': { schema: problemSchema } } },
    },
  })
  app.post('/login', limitBody(mostBytesOfLogin), async (context) => {
    const asJson = (context.req.header('content-type') ?? '').startsWith('application/json')
    refuseForeignPage(context, 'browsers')
    const given = credentials.safeParse(asJson ? await context.req.json().catch(() => undefined) : await context.req.parseBody())
    if (!given.success) throw requestErrors.invalid('username and password are needed', { next: 'Send both, as JSON or as a form.' })
    const { username, password } = given.data
    try {
      const { user, session } = await auditTo(audit, context, 'login', username, () =>
        access.signIn(users, { username, password, address: connectionOf(context).address }),
      )
      giveSession(context, session)
      return asJson ? context.json({ username: user.username, role: user.role }) : context.redirect('/', 303)
    } catch (error) {
      if (!(requestErrors.denied.is(error) || requestErrors.throttled.is(error)) || asJson) throw error
      if (error.retryAfterMs !== undefined) context.header('retry-after', String(Math.ceil(error.retryAfterMs / 1_000)))
      return context.html(loginPage(error), requestErrors.throttled.is(error) ? 429 : 403)
    }
  })
}

/** Tells the log of a try to show a password. A try that changes something calls `record` in the transaction of the change. */
export async function auditTo<T>(
  audit: Audit,
  context: Context,
  door: Door,
  username: string,
  attempt: (record: RecordChange) => T | Promise<T>,
): Promise<T> {
  const tell = async (outcome: SignIn['outcome'], tx?: Recording): Promise<void> =>
    await audit({ outcome, username: loggable(username), address: connectionOf(context).address }, door, tx)
  let recorded = false
  try {
    const result = await attempt(async (tx) => {
      await tell('success', tx)
      recorded = true
    })
    if (!recorded) await tell('success')
    return result
  } catch (error) {
    if (requestErrors.throttled.is(error)) await tell('throttled')
    else if (requestErrors.denied.is(error)) await tell('failed')
    throw error
  }
}

const loggable = (username: string): string | null => (/^[\w.@-]{1,64}$/.test(username) ? username.toLowerCase() : null)
