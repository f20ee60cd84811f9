import { z } from '@hono/zod-openapi'
import { rolesEverywhere } from '@sluice/accounts/roles'
import { requestErrors } from '@sluice/core'
import { type Access, refuseForeignPage } from '../access/access.ts'
import { connectionOf } from '../access/connection.ts'
import { giveSession } from '../access/session-cookie.ts'
import { problemSchema } from '../schemas/problem.ts'
import type { UsersApi } from '../services.ts'
import { limitBody, mostBytesOfLogin } from './body-size.ts'
import { type Audit, auditTo, withoutNul } from './login.ts'
import type { App } from './mount.ts'

const change = z
  .object({
    username: z.string().min(1).max(256).regex(withoutNul),
    password: z.string().min(1).max(4_096).openapi({ format: 'password', description: 'The present one.' }),
    newPassword: z.string().min(1).max(4_096).openapi({ format: 'password' }),
  })
  .openapi('OwnPasswordChange')
const changed = z.object({ username: z.string(), role: z.enum(rolesEverywhere) }).openapi('OwnPasswordChanged')

/**
 * `POST /login/password`: whoever shows the present password may set another. It needs no session, as signing in needs none. Tries are
 * slowed and logged together with those of signing in. All sessions of the user end; the answer carries the cookie of a new one.
 */
export function mountOwnPassword(app: App, users: UsersApi, access: Access, audit: Audit): void {
  app.openAPIRegistry.registerPath({
    method: 'post',
    path: '/login/password',
    operationId: 'change_own_password',
    tags: ['platform'],
    summary: 'Trades the present password for another; ends all sessions of the user and gives a new one',
    security: [],
    request: { body: { required: true, content: { 'application/json': { schema: change } } } },
    responses: {
      200: { description: 'Done, with the cookie.', content: { 'application/json': { schema: changed } } },
      default: { description: 'What went wrong (RFC 9457).', content: { 'application/problem+json': { schema: problemSchema } } },
    },
  })
  app.post('/login/password', limitBody(mostBytesOfLogin), async (context) => {
    refuseForeignPage(context, 'browsers')
    const given = change.safeParse(await context.req.json().catch(() => undefined))
    if (!given.success) {
      throw requestErrors.invalid('username, password and newPassword are needed', { next: 'Send all three, as JSON.' })
    }
    const { newPassword, ...credentials } = given.data
    const { user, session } = await auditTo(audit, context, 'login.password', credentials.username, (record) =>
      access.changePassword(users, { ...credentials, address: connectionOf(context).address, newPassword }, record),
    )
    giveSession(context, session)
    return context.json({ username: user.username, role: user.role })
  })
}
