import { requestErrors } from '@sluice/core'
import { createMiddleware } from 'hono/factory'
import { isOwner } from '../endpoint/caller.ts'

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Of a `Host` header: without its port. */
const nameOf = (host: string): string => host.replace(/:\d+$/, '').toLowerCase()

export const isLoopbackName = (host: string): boolean => loopback.has(nameOf(host))

/**
 * Refuses requests that name another host. Without it a page of a foreign name that resolves to 127.0.0.1 (DNS rebinding) could call this
 * server as its own.
 */
export const checkHost = (allowed: readonly string[]) =>
  createMiddleware(async (context, next) => {
    const name = nameOf(context.req.header('host') ?? '')
    if (!isOwner(context.env) && !loopback.has(name) && !allowed.includes(name)) {
      throw requestErrors.denied(`the host name "${name}" is not one of this server`, {
        facts: { host: name, anonymous: false },
        next: `Use localhost or 127.0.0.1 on this machine. For another name, set it as an allowed host where Sluice runs: SLUICE_ALLOWED_HOSTS.`,
      })
    }
    await next()
  })
