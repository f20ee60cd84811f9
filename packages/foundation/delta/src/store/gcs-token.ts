import { sign } from 'node:crypto'
import { DeltaError } from '../errors.ts'
import { argument, checkArguments } from '../options/call.ts'
import { type Form, filledText, isPlain, kindOf, refused, secretText, url } from '../options/form.ts'
import { type HttpAnswer, type RetryPolicy, send } from './http.ts'
import { retryPolicy } from './location-form.ts'

export interface GcsToken {
  readonly token: string
  /** Epoch milliseconds. A new token is fetched five minutes earlier. */
  readonly expiresAtMs?: number
}

/** Called whenever the last token expires. It may call Google's own library. */
export type GcsTokenSource = () => Promise<GcsToken>

/** The needed fields of a service account's JSON key, as Google's console gives it. */
export interface ServiceAccountKey {
  readonly client_email: string
  readonly private_key: string
  readonly token_uri?: string
}

/** The key file has more fields than these. */
const accountKey: Form<ServiceAccountKey> = (value, at) => {
  if (!isPlain(value)) throw refused(at, `must be the key of a service account, but it is ${kindOf(value)}`, 'Give the parsed JSON key.')
  for (const name of ['client_email', 'private_key']) secretText(value[name], `${at}.${name}`)
  if (value.token_uri !== undefined) url(value.token_uri, `${at}.token_uri`)
}

const scope = 'https://www.googleapis.com/auth/devstorage.read_write'

/** Tokens of a service account. Exchanges a signed assertion for a token (RFC 7523). Throws `store.failed`. */
export function serviceAccountToken(key: ServiceAccountKey, retry: RetryPolicy = {}): GcsTokenSource {
  checkArguments('serviceAccountToken', [argument('key', accountKey), argument('retry', retryPolicy)], [key, retry])
  const url = key.token_uri ?? 'https://oauth2.googleapis.com/token'
  return async () => {
    const answer = await send(() => {
      const assertion = assertionOf(key, url, Math.floor(Date.now() / 1000))
      const body = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }).toString()
      return Promise.resolve({ method: 'POST', url, headers: { 'content-type': 'application/x-www-form-urlencoded' }, body })
    }, retry)
    return tokenOf(answer, key.client_email)
  }
}

/** Tokens of the machine or pod that runs this process, from the metadata server of Google Cloud. Throws `store.failed`. */
export function metadataToken(retry: RetryPolicy = {}, host = 'metadata.google.internal'): GcsTokenSource {
  checkArguments('metadataToken', [argument('retry', retryPolicy), argument('host', filledText)], [retry, host])
  const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/token`
  return async () => {
    const answer = await send(() => Promise.resolve({ method: 'GET', url, headers: { 'metadata-flavor': 'Google' } }), retry)
    return tokenOf(answer, 'this machine')
  }
}

function assertionOf({ client_email, private_key }: ServiceAccountKey, audience: string, nowS: number): string {
  const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const claims = { iss: client_email, scope, aud: audience, iat: nowS, exp: nowS + 3600 }
  const text = `${encoded({ alg: 'RS256', typ: 'JWT' })}.${encoded(claims)}`
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), private_key).toString('base64url')}`
}

function tokenOf({ status, body }: HttpAnswer, who: string): GcsToken {
  const answer = status === 200 ? (JSON.parse(new TextDecoder().decode(body)) as { access_token?: unknown; expires_in?: unknown }) : {}
  if (typeof answer.access_token !== 'string') {
    throw new DeltaError(
      'store.failed',
      `There is no token for ${who}: the token service answers ${status}.`,
      'Check the key and the clock of this machine, and that the account is enabled.',
      { status, account: who },
    )
  }
  return { token: answer.access_token, expiresAtMs: Date.now() + Number(answer.expires_in ?? 3600) * 1000 }
}
