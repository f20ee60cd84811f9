import { notFound } from '@sluice/core'
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { matchedRoutes } from 'hono/route'
import { page } from '../access/page.ts'
import { problemResponse } from '../wire/problem.ts'

/** A page, where a browser asks; a problem for programs. */
export const unknownPath = (context: Context): Response | Promise<Response> =>
  asksForPage(context)
    ? context.html(nothingHere, 404)
    : problemResponse(
        notFound(`there is no ${context.req.method} ${context.req.path}`, { next: 'The operations are listed at /api/openapi.json.' }),
      )

/**
 * Answers where nothing is registered, before anybody is asked who they are. What is registered, also later, goes on to that question; so
 * does all of the API, however it is written: who may not ask it learns nothing of what is there.
 */
export const answerUnknownPaths = createMiddleware(async (context, next) => {
  const known = matchedRoutes(context).some(({ method }) => method !== middleware)
  if (!known && !isOfApi(context)) return await unknownPath(context)
  await next()
  return undefined
})

/** The method under which Hono keeps what `use` was given. */
const middleware = 'ALL'

const isOfApi = ({ req }: Context): boolean => /^\/+api(?:\/|$)/i.test(req.path)

const asksForPage = (context: Context): boolean =>
  !isOfApi(context) && (context.req.header('accept') ?? '').split(',').some((type) => type.trim().startsWith('text/html'))

const nothingHere = page('<p>There is nothing at this address.</p>\n<p><a href="/">To the front page</a></p>')
