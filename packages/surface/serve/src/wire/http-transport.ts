import { serverErrors } from '../errors.ts'
import type { Transport } from './send.ts'

/** Requests to a server elsewhere. @throws `server.unreachable` when it does not answer. */
export function httpTransport(url: string, token: string | undefined): Transport {
  const base = url.replace(/\/+$/, '')
  return async (path, init) => {
    const headers = new Headers(init.headers)
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
    try {
      return await fetch(`${base}${path}`, { ...init, headers })
    } catch (cause) {
      throw serverErrors.unreachable(`no answer from ${base}`, {
        facts: { url: base },
        cause,
        next: 'Check the address, and that "sluice start" runs there.',
      })
    }
  }
}
