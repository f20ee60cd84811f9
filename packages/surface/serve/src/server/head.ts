import { createMiddleware } from 'hono/factory'

/**
 * HEAD runs what GET does and sends the headers alone. Nobody reads the body of its answer, and the connection does not break either: what
 * stands behind a stream (a turn, a query, a watch) would last for ever, so the body is left here.
 */
export const leaveBodyOfHead = createMiddleware(async (context, next) => {
  await next()
  if (context.req.method === 'HEAD') await context.res.body?.cancel()
})
