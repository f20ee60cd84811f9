import { notFound, requestErrors } from '@sluice/core'
import type { Context, Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { matchedRoutes } from 'hono/route'
import { page } from '../access/page.ts'
import { problemResponse } from '../wire/problem.ts'
import { asksForPage, isOfApi } from './pages.ts'

/** The method under which Hono keeps what `use` was given. */
const middleware = 'ALL'
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

type Router = Pick<Hono, 'router'>['router']

/** Methods that the path takes. GET answers HEAD, too. */
function allowedAt(router: Router, path: string): readonly string[] {
  const taken = methods.filter((method) => router.match(method, path)[0].some(([[, route]]) => route.method === method))
  return taken.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
}

/** A page, where a browser asks; a problem for programs. A path that takes other methods says which. */
export const unknownPathOf =
  (router: () => Router) =>
  (context: Context): Response | Promise<Response> => {
    const { method, path } = context.req
    const allow = allowedAt(router(), path)
    if (allow.length > 0) {
      return problemResponse(
        requestErrors.wrong_method(`${path} does not take ${method}`, { facts: { allow }, next: `It takes ${allow.join(', ')}.` }),
      )
    }
    return asksForPage(context) && !isOfApi(context)
      ? context.html(nothingHere, 404)
      : problemResponse(notFound(`there is no ${method} ${path}`, { next: 'The operations are listed at /api/openapi.json.' }))
  }

/**
 * Answers where nothing is registered, before anybody is asked who they are. What is registered, also later, goes on to that question; so
 * does all of the API, however it is written: who may not ask it learns nothing of what is there.
 */
export const answerUnknownPaths = (unknownPath: ReturnType<typeof unknownPathOf>) =>
  createMiddleware(async (context, next) => {
    const known = matchedRoutes(context).some(({ method }) => method !== middleware)
    if (!known && !isOfApi(context)) return await unknownPath(context)
    await next()
    return undefined
  })

const nothingHere = page('<h1>Not found</h1>\n<p>There is nothing at this address.</p>\n<p><a href="/">To the front page</a></p>')
