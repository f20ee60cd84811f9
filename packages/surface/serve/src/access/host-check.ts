import { requestErrors } from '@sluice/core'
import { createMiddleware } from 'hono/factory'
import { isOwner } from '../endpoint/caller.ts'

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * Refuses requests that name another host. Without it a page of a foreign name that resolves to 127.0.0.1 (DNS rebinding) could call this
 * server as its own.
 */
export const checkHost = (allowed: readonly string[]) =>
  createMiddleware(async (context, next) => {
    const name = (context.req.header('host') ?? '').replace(/:\d+$/, '').toLowerCase()
    if (!isOwner(context.env) && !loopback.has(name) && !allowed.includes(name)) {
      throw requestErrors.denied(`the host name "${name}" is not one of this server`, {
        facts: { host: name, anonymous: false },
        next: 'Use localhost or 127.0.0.1, or have the name added to the allowed hosts.',
      })
    }
    await next()
  })
