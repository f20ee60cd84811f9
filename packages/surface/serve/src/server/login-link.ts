import { createRoute, z } from '@hono/zod-openapi'
import { requestErrors } from '@sluice/core'
import { type Access, refuseForeignPage } from '../access/access.ts'
import { linkPage, loginPage, signedInPage } from '../access/login-page.ts'
import { giveSession } from '../access/session-cookie.ts'
import { problemSchema } from '../schemas/problem.ts'
import type { UsersApi } from '../services.ts'
import { limitBody, mostBytesOfLogin } from './body-size.ts'
import { type Audit, auditTo } from './login.ts'
import type { App } from './mount.ts'

const shown = z.object({ code: z.string().min(1).max(256) }).openapi('LoginCode')
const signedIn = z.object({ signedIn: z.boolean() }).openapi('SignedInByLink')

/** `GET /login` shows a form and changes nothing, whoever opens the link; `POST /login/link` spends it. */
export function mountLoginLink(app: App, users: UsersApi, access: Access, audit: Audit): void {
  app.openapi(
    createRoute({
      tags: ['platform'],
      security: [],
      method: 'get',
      path: '/login',
      operationId: 'login',
      summary: 'The form for username and password; with the code of a login link, the form that spends it',
      request: { query: z.object({ code: z.string().optional() }) },
      responses: {
        200: { description: 'The form.', content: { 'text/html': { schema: z.string() } } },
        403: {
          description: 'The code was used or is too old; the form, with the fault.',
          content: { 'text/html': { schema: z.string() } },
        },
      },
    }),
    async (context) => {
      const { code } = context.req.valid('query')
      if (code === undefined) return context.html(loginPage())
      try {
        await access.checkLoginCode(code, users)
        return context.html(linkPage(code))
      } catch (error) {
        if (!requestErrors.denied.is(error)) throw error
        const caller = await access.callerOf(context, users).catch(() => undefined)
        return context.html(caller === undefined ? loginPage(error) : signedInPage(error, caller.username ?? 'the owner'), 403)
      }
    },
  )
  app.openAPIRegistry.registerPath({
    method: 'post',
    path: '/login/link',
    operationId: 'login_with_link',
    tags: ['platform'],
    summary: 'Trades the code of a login link, once, for a session cookie of the owner',
    security: [],
    request: {
      body: {
        required: true,
        content: { 'application/json': { schema: shown }, 'application/x-www-form-urlencoded': { schema: shown } },
      },
    },
    responses: {
      200: { description: 'To JSON, with the cookie.', content: { 'application/json': { schema: signedIn } } },
      303: { description: 'To a form: to the front page, with the cookie.' },
      default: { description: 'What went wrong (RFC 9457).', content: { 'application/problem+json': { schema: problemSchema } } },
    },
  })
  app.post('/login/link', limitBody(mostBytesOfLogin), async (context) => {
    const asJson = (context.req.header('content-type') ?? '').startsWith('application/json')
    refuseForeignPage(context, 'browsers')
    const given = shown.safeParse(asJson ? await context.req.json().catch(() => undefined) : await context.req.parseBody())
    if (!given.success) throw requestErrors.invalid('the code of the link is needed', { next: 'Send it, as JSON or as a form.' })
    try {
      giveSession(
        context,
        await auditTo(audit, context, 'login.link', '', (record) => access.redeemLoginCode(given.data.code, users, record)),
      )
      return asJson ? context.json({ signedIn: true }) : context.redirect('/', 303)
    } catch (error) {
      if (!requestErrors.denied.is(error) || asJson) throw error
      return context.html(loginPage(error), 403)
    }
  })
}
