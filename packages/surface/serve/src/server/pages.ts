import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { alertOf, signOutForm } from '../access/login-page.ts'
import { escaped, page } from '../access/page.ts'
import { readSession } from '../access/session-cookie.ts'
import type { Problem } from '../wire/problem.ts'

export const isOfApi = ({ req }: Context): boolean => /^\/+api(?:\/|$)/i.test(req.path)

/**
 * Somebody looks at the answer in a browser. Of the API that is told by what browsers alone send, when a page is opened and not when one
 * asks for data: programs take the whole of an API as JSON, whatever they accept.
 */
export const asksForPage = (context: Context): boolean => {
  if (isOfApi(context)) return context.req.header('sec-fetch-dest') === 'document'
  return (context.req.header('accept') ?? '').split(',').some((type) => type.trim().startsWith('text/html'))
}

/** What is told to programs as JSON, problems included, is a page for people. What is offered as a file stays one, however large it is. */
export const answersAsPages = createMiddleware(async (context, next) => {
  await next()
  const { res } = context
  const type = res.headers.get('content-type') ?? ''
  if (res.headers.has('content-disposition') || !asksForPage(context) || !/^application\/(?:problem\+)?json\b/.test(type)) return
  const body: unknown = await res.json()
  const content = type.startsWith('application/problem')
    ? problemPage(body as Problem, readSession(context) !== undefined)
    : dataPage(context.req.path, body)
  context.res = new Response(content, { status: res.status, headers: { 'content-type': 'text/html; charset=UTF-8' } })
})

/** Whoever is signed in and may not do this can leave, and come back as somebody else. */
const problemPage = ({ title, status, detail, next, code }: Problem, hasSession: boolean): string =>
  page(`<h1>${escaped(title)}</h1>
${alertOf({ message: detail, next })}<p class="quiet">${status} <code>${escaped(code)}</code></p>
<p><a href="/">${status === 401 ? 'Sign in' : 'To the front page'}</a></p>${status === 403 && hasSession ? `\n${signOutForm}` : ''}`)

const dataPage = (path: string, body: unknown): string =>
  page(`<h1>${escaped(path)}</h1>
<pre>${escaped(JSON.stringify(body, null, 2))}</pre>
<p><a href="/">To the front page</a></p>`)
