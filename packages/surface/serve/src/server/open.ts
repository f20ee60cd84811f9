import { createRoute, z } from '@hono/zod-openapi'
import type { Access } from '../access/access.ts'
import type { Services } from '../services.ts'
import { type Audit, mountPasswordLogin } from './login.ts'
import { mountLoginLink } from './login-link.ts'
import { mountLogout } from './logout.ts'
import type { App } from './mount.ts'
import { mountOverview } from './overview.ts'
import { mountOwnPassword } from './own-password.ts'

const status = z.object({ status: z.enum(['ok', 'unavailable']) }).openapi('Status')
const open = { tags: ['platform'], security: [] }

/** The only routes without access control: liveness, readiness, signing in, and the front page. */
export function mountOpenRoutes(app: App, { info, users }: Services, access: Access, audit: Audit): void {
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
  mountLoginLink(app, users, access, audit)
  mountPasswordLogin(app, users, access, audit)
  mountOwnPassword(app, users, access, audit)
  mountLogout(app, users, access, audit)
  mountOverview(app, users, access)
}
