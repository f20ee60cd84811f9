import { createRoute, z } from '@hono/zod-openapi'
import { setCookie } from 'hono/cookie'
import { type Access, sessionCookie } from '../access/access.ts'
import { lifeSeconds } from '../access/tickets.ts'
import type { App } from '../mount.ts'
import type { Services } from '../services.ts'

const status = z.object({ status: z.enum(['ok', 'unavailable']) }).openapi('Status')
const open = { tags: ['platform'], security: [] }

/** The only routes without access control: liveness, readiness, and the door itself. */
export function mountOpenRoutes(app: App, { info }: Services, access: Access): void {
  app.openapi(
    createRoute({
      ...open,
      method: 'get',
      path: '/healthz',
      operationId: 'healthz',
      summary: 'Whether the process answers',
      responses: { 200: { description: 'It does.', content: { 'application/json': { schema: status } } } },
    }),
    (context) => context.json({ status: 'ok' as const }, 200),
  )
  app.openapi(
    createRoute({
      ...open,
      method: 'get',
      path: '/readyz',
      operationId: 'readyz',
      summary: 'Whether the metadata database answers',
      responses: {
        200: { description: 'It does.', content: { 'application/json': { schema: status } } },
        503: { description: 'It does not.', content: { 'application/json': { schema: status } } },
      },
    }),
    async (context) =>
      (await info.ready().catch(() => false))
        ? context.json({ status: 'ok' as const }, 200)
        : context.json({ status: 'unavailable' as const }, 503),
  )
  app.openapi(
    createRoute({
      ...open,
      method: 'get',
      path: '/login',
      operationId: 'login',
      summary: 'Trades a one-time code for a session cookie',
      request: { query: z.object({ code: z.string().min(1) }) },
      responses: { 303: { description: 'To the front page, with the cookie.' } },
    }),
    (context) => {
      const session = access.redeemLoginCode(context.req.valid('query').code)
      setCookie(context, sessionCookie, session, { httpOnly: true, sameSite: 'Lax', path: '/', maxAge: lifeSeconds('session') })
      return context.redirect('/', 303)
    },
  )
}
