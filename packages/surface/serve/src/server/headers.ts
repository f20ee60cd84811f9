import { createMiddleware } from 'hono/factory'
import { connectionOf } from '../access/connection.ts'
import { isLoopbackName } from '../access/host-check.ts'

const halfAYear = 'max-age=15552000'

/**
 * No answer is kept by a browser or a proxy: each is meant for whoever asked, at that moment. Over TLS a browser shall not come back
 * without it; not under a loopback name, which all servers of a machine share.
 */
export const answerHeaders = createMiddleware(async (context, next) => {
  await next()
  const { headers } = context.res
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
  if (connectionOf(context).encrypted && !isLoopbackName(context.req.header('host') ?? '')) {
    headers.set('strict-transport-security', halfAYear)
  }
})
