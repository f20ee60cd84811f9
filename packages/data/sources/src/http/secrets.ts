import type { Connection } from '@sluice/author'
import { type HttpRequest, urlOf } from './request.ts'

/** Names that say by themselves that a secret stands there, without signs and case. */
const telling = new Set(
  'key apikey appkey token accesstoken auth authtoken authorization sig sign signature secret password passwd pwd pass credential credentials session sessionid jwt bearer cookie'.split(
    ' ',
  ),
)
const tellingEnds = ['apikey', 'accesskey', 'secretkey', 'privatekey', 'subscriptionkey', 'accesstoken', 'authtoken', 'authorization']
const alsoTellingEnds = ['refreshtoken', 'securitytoken', 'idtoken', 'signature', 'secret', 'password', 'credential', 'cookie']

/** Whether a query parameter or header of this name holds a secret. `page_token` and its like name a page. */
export function holdsSecret(name: string, named: readonly string[]): boolean {
  const bare = name.toLowerCase().replace(/[^a-z0-9]/g, '')
  if (named.some((each) => each.toLowerCase() === name.toLowerCase())) return true
  return telling.has(bare) || [...tellingEnds, ...alsoTellingEnds].some((end) => bare.endsWith(end))
}

const hidden = '***'

/** The URL as it may be stored and shown: the values of secrets hidden, no user and password. */
export function shownUrl(url: URL, named: readonly string[]): string {
  const shown = new URL(url)
  shown.username = ''
  shown.password = ''
  for (const name of new Set(shown.searchParams.keys())) if (holdsSecret(name, named)) shown.searchParams.set(name, hidden)
  return shown.href
}

/** A request with everything in its place, as it is sent. */
export interface Prepared {
  readonly url: URL
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  /** Names of secrets beside the telling ones. */
  readonly named: readonly string[]
  readonly redirects: readonly string[]
}

/** Puts query, headers and the token of the connection into place. A token goes to the origin of its connection alone. */
export function prepare(request: HttpRequest, defaults: Readonly<Record<string, string>>): Prepared {
  const { connection, body, method = 'GET' } = request
  const url = urlOf(request)
  const headers: Record<string, string> = { ...defaults }
  const placed = placeOf(connection, url)
  if (placed?.where === 'query') url.searchParams.set(placed.name, placed.value)
  if (placed?.where === 'header') headers[placed.name.toLowerCase()] = placed.value
  if (url.username !== '' || url.password !== '') {
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
    headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`
    url.username = ''
    url.password = ''
  }
  for (const [name, value] of Object.entries(request.headers ?? {})) headers[name.toLowerCase()] = value
  const named = [...(request.secrets ?? []), ...(connection?.secrets ?? []), ...(placed === undefined ? [] : [placed.name])]
  return { url, method, headers, body, named, redirects: [...(request.redirects ?? []), ...(connection?.redirects ?? [])] }
}

function placeOf(connection: Connection | undefined, url: URL) {
  if (connection?.token === undefined || new URL(connection.url).origin !== url.origin) return undefined
  const { tokenIn = { header: 'authorization' }, token } = connection
  if ('query' in tokenIn) return { where: 'query', name: tokenIn.query, value: token } as const
  const bearer = tokenIn.header.toLowerCase() === 'authorization'
  return { where: 'header', name: tokenIn.header, value: bearer ? `Bearer ${token}` : token } as const
}

/** Whether a key goes with the request, in whatever place. */
export const holdsAnySecret = ({ url, headers, named }: Prepared): boolean =>
  [...url.searchParams.keys(), ...Object.keys(headers)].some((name) => holdsSecret(name, named))

/** A text of the service without the secrets of the request: a refusal may repeat the key that it refuses. */
export function withoutSecrets(text: string, { url, headers, named }: Prepared): string {
  const values = [...url.searchParams, ...Object.entries(headers)].filter(([name]) => holdsSecret(name, named)).map(([, value]) => value)
  // `Bearer abc` may come back as `abc`. Short values would hide ordinary words.
  const parts = values.flatMap((value) => [value, ...value.split(' ')]).filter((value) => value.length >= 6)
  return parts.sort((a, b) => b.length - a.length).reduce((shown, value) => shown.replaceAll(value, hidden), text)
}
