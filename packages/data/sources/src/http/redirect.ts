import { sourceErrors } from '../errors.ts'
import type { ShownRequest } from './classify.ts'
import { dropValue, holdsSecret, type Prepared, shownUrl } from './secrets.ts'

const most = 10

export const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status)

/** What goes along to another host: nothing that could be a secret. */
const harmless = new Set(['accept', 'accept-encoding', 'accept-language', 'user-agent', 'content-type'])

/**
 * The request that a redirect asks for. It goes on within its host, from http to https too, and to hosts that are named; there it takes no
 * secret. `seen`: what was asked before, this request included.
 * @throws `source.redirected` for a circle, another host, a step from https to http
 */
export function redirected(
  request: Prepared,
  shown: ShownRequest,
  status: number,
  location: string | undefined,
  seen: readonly string[],
): Prepared {
  const refuse = (what: string, next: string): never => {
    throw sourceErrors.redirected(`${shown.service} redirects ${what}`, { facts: { ...shown, status }, next })
  }
  const url = location === undefined || !URL.canParse(location, request.url.href) ? undefined : new URL(location, request.url)
  if (url === undefined) return refuse('and does not say where to', 'Look at the service in a browser, and correct the URL.')
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return refuse(`to ${url.protocol}`, 'Correct the URL of the connection.')
  if (request.url.protocol === 'https:' && url.protocol === 'http:')
    return refuse(
      `from https to http, ${shownUrl(url, request.named)}`,
      'What is sent there could be read on its way: ask the service for its address.',
    )
    // Node would sign in by them.
  ;[url.username, url.password] = ['', '']
  const upgraded = url.protocol === 'https:' && request.url.protocol === 'http:' && url.port === '' && request.url.port === ''
  const isSame = url.origin === request.url.origin || (upgraded && url.hostname === request.url.hostname)
  if (!isSame && !request.redirects.some((host) => host === url.host || host === url.hostname)) {
    return refuse(
      `to another host, ${url.host}`,
      `If the answer is to come from there, name it: redirects: ['${url.hostname}'] of the request or the connection. Secrets do not go along.`,
    )
  }
  const method = status === 307 || status === 308 ? request.method : 'GET'
  const body = method === 'GET' ? undefined : request.body
  if (!isSame && body !== undefined) return refuse(`a body to another host, ${url.host}`, 'Send the request to that host itself.')
  if (!isSame) for (const [name, value] of request.url.searchParams) if (holdsSecret(name, request.named)) dropValue(url, value)
  const key = `${method} ${url.href}`
  if (seen.includes(key) || seen.length > most)
    return refuse('in a circle', 'Correct the URL, or look whether the service wants a cookie or a login.')
  const headers = Object.entries(request.headers).filter(([name]) => isSame || (harmless.has(name) && !holdsSecret(name, request.named)))
  return { ...request, url, method, body, headers: Object.fromEntries(headers) }
}

export const seenAs = ({ method, url }: Prepared): string => `${method} ${url.href}`
