import { z } from '@hono/zod-openapi'
import { type Access, refuseForeignPage } from '../access/access.ts'
import { connectionOf } from '../access/connection.ts'
import { dropSession } from '../access/session-cookie.ts'
import { problemSchema } from '../schemas/problem.ts'
import type { UsersApi } from '../services.ts'
import type { Audit } from './login.ts'
import type { App } from './mount.ts'

const signedOut = z.object({ signedOut: z.boolean() }).openapi('SignedOut')

/** `POST /logout`: the session ends on the server, wherever a copy of the cookie is kept. A form is answered with the front page. */
export function mountLogout(app: App, users: UsersApi, access: Access, audit: Audit): void {
  app.openAPIRegistry.registerPath({
    method: 'post',
    path: '/logout',
    operationId: 'logout',
    tags: ['platform'],
    summary: 'Ends the session of the cookie; other sessions stay',
    security: [{ session: [] }, {}],
    responses: {
      200: { description: 'Whether there was a session.', content: { 'application/json': { schema: signedOut } } },
      303: { description: 'To a form: to the front page.' },
      default: { description: 'What went wrong (RFC 9457).', content: { 'application/problem+json': { schema: problemSchema } } },
    },
  })
  app.post('/logout', async (context) => {
    refuseForeignPage(context, 'browsers')
    const ended = await access.endSession(context, users, async (username, tx) => {
      await audit({ outcome: 'success', username, address: connectionOf(context).address }, 'logout', tx)
    })
    dropSession(context)
    const fromForm = (context.req.header('content-type') ?? '').startsWith('application/x-www-form-urlencoded')
    return fromForm ? context.redirect('/', 303) : context.json({ signedOut: ended })
  })
}
