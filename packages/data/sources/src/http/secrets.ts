import { validateHeaderName, validateHeaderValue } from 'node:http'
import type { Connection } from '@sluice/author'
import { SluiceError } from '@sluice/core'
import { sourceErrors } from '../errors.ts'
import { type HttpRequest, urlOf } from './request.ts'

/** Names that say by themselves that a secret stands there, without signs and case. */
const telling = new Set(
  'key apikey appkey auth authorization sig sign signature secret password passwd pwd pass credential credentials session sessionid jwt bearer cookie'.split(
    ' ',
  ),
)
const tellingEnds = new RegExp(
  '(?:token|signature|secret|password|credential|cookie|authorization|' +
    '(?:api|access|secret|private|subscription|auth|user|client|consumer|dev|developer|license|master|application|service|shared|session|functions|account)key)$',
)
/** They say where a listing goes on. */
const pageToken =
  /^(?:next|prev|previous)?(?:page|pagination|continuation|sync|cursor|resume|resumption|skip|delta|scroll|start|starting|next)token$/

/** Whether a query parameter or header of this name holds a secret. `page_token` and its like name a page. */
export function holdsSecret(name: string, named: readonly string[]): boolean {
  const bare = name.toLowerCase().replace(/[^a-z0-9]/g, '')
  if (named.some((each) => each.toLowerCase() === name.toLowerCase())) return true
  return telling.has(bare) || (tellingEnds.test(bare) && !pageToken.test(bare))
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

/**
 * Puts query, headers and the token of the connection into place. A token goes to the origin of its connection alone.
 * @throws `source.bad_request` for what cannot be sent, without the values in it: they may be secrets
 */
export function prepare(request: HttpRequest, defaults: Readonly<Record<string, string>>): Prepared {
  try {
    return prepared(request, defaults)
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause
    const { code } = cause as NodeJS.ErrnoException
    throw sourceErrors.bad_request(
      `a request cannot be sent: ${code === 'ERR_INVALID_URL' ? 'its URL is not one' : (cause as Error).message}`,
      {
        next:
          code === 'ERR_INVALID_CHAR'
            ? 'Look for a line break or a letter beyond Latin-1 in the value, such as at the end of a key that was pasted.'
            : 'Correct the URL, the header or the connection; a service may also have sent a link that is not a whole URL.',
      },
    )
  }
}

function prepared(request: HttpRequest, defaults: Readonly<Record<string, string>>): Prepared {
  const { connection, body, method = 'GET' } = request
  const url = urlOf(request)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Error(`${url.protocol} is not http: or https:`)
  const headers: Record<string, string> = { ...defaults }
  const placed = placeOf(connection, url)
  // A service may repeat the key in its link to another host.
  if (placed === undefined) dropValue(url, connection?.token)
  if (placed?.where === 'query') url.searchParams.set(placed.name, placed.value)
  if (placed?.where === 'header') headers[placed.name.toLowerCase()] = placed.value
  if (url.username !== '' || url.password !== '') {
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
    headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`
    url.username = ''
    url.password = ''
  }
  const { etag, lastModified } = request.unlessChanged ?? {}
  if (etag !== undefined) headers['if-none-match'] = etag
  if (lastModified !== undefined) headers['if-modified-since'] = lastModified
  for (const [name, value] of Object.entries(request.headers ?? {})) headers[name.toLowerCase()] = value
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name)
    validateHeaderValue(name, value)
  }
  const named = [...(request.secrets ?? []), ...(connection?.secrets ?? []), ...(placed === undefined ? [] : [placed.name])]
  return { url, method, headers, body, named, redirects: [...(request.redirects ?? []), ...(connection?.redirects ?? [])] }
}

/** Takes the parameters away that hold a value. */
export function dropValue(url: URL, value: string | undefined): void {
  if (value === undefined || value === '') return
  for (const [name, each] of [...url.searchParams]) if (each === value) url.searchParams.delete(name, each)
}

function placeOf(connection: Connection | undefined, url: URL) {
  if (connection === undefined || new URL(connection.url).origin !== url.origin) return undefined
  const { tokenIn = { header: 'authorization' }, token, auth } = connection
  if (auth?.kind === 'basic') {
    const pair = Buffer.from(`${auth.user}:${auth.password}`).toString('base64')
    return { where: 'header', name: 'authorization', value: `Basic ${pair}` } as const
  }
  if (token === undefined) return undefined
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
