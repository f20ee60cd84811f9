import { type Duration, durationMs } from '@sluice/core'
import { refused } from '../base/faults.ts'
import { frozen } from '../base/frozen.ts'
import { aText, optionNames, refuseOddOptions, refuseOther, refuseOtherList } from '../base/shape.ts'
import type { EnvValue } from './env-value.ts'

/** HTTP Basic: a user and a password in each request. */
export interface BasicAuth<V = EnvValue> {
  readonly kind: 'basic'
  readonly user: V
  readonly password: V
}

/**
 * OAuth 2: an access token is asked for with the credentials of the client (RFC 6749, 4.4), or with a refresh token (6), and goes with each
 * request until it expires. A refresh token that the service replaces is kept before the access token is used.
 */
export interface OAuth<V = EnvValue> {
  readonly kind: 'oauth'
  /** A URL, or a path from the URL of the connection: `/oauth/token`. */
  readonly tokenUrl: string
  readonly clientId: V
  readonly clientSecret: V
  /** The one that somebody was given when they agreed. Without it the client asks for itself. */
  readonly refreshToken?: V
  readonly scope?: string
  /** Where the credentials of the client stand: in the body unless given, or as HTTP Basic. */
  readonly clientIn?: 'body' | 'basic'
  /** What else the token service asks for, such as `audience`. */
  readonly params?: Readonly<Record<string, string>>
}

export type HttpAuth<V = EnvValue> = BasicAuth<V> | OAuth<V>

/** HTTP Basic for `httpConnection({ auth })`. */
export const basicAuth = (options: Omit<BasicAuth, 'kind'>): BasicAuth => {
  refuseOddOptions('basicAuth()', options, ['user', 'password'])
  refuseOther('basicAuth()', 'user', options.user, aSetting)
  refuseOther('basicAuth()', 'password', options.password, aSetting)
  return frozen({ kind: 'basic', user: options.user, password: options.password })
}

/** OAuth 2 for `httpConnection({ auth })`: with a `refreshToken` in the name of who agreed, without it in that of the client. */
export const oauth = (options: Omit<OAuth, 'kind'>): OAuth => {
  refuseOddOptions('oauth()', options, oauthOptions)
  const { tokenUrl, clientId, clientSecret, refreshToken, scope, clientIn, params } = options
  refuseOther('oauth()', 'tokenUrl', tokenUrl, aTokenUrl)
  refuseOther('oauth()', 'clientId', clientId, aSetting)
  refuseOther('oauth()', 'clientSecret', clientSecret, aSetting)
  if (refreshToken !== undefined) refuseOther('oauth()', 'refreshToken', refreshToken, aSetting)
  if (scope !== undefined) refuseOther('oauth()', 'scope', scope, aText)
  if (clientIn !== undefined && clientIn !== 'body' && clientIn !== 'basic')
    throw refused('oauth()', `clientIn is ${JSON.stringify(clientIn)}`, "Write 'body' or 'basic'.")
  if (params !== undefined) refuseOther('oauth()', 'params', params, aParameters)
  return frozen({ ...options, kind: 'oauth' })
}

const oauthOptions = optionNames<Omit<OAuth, 'kind'>>({
  tokenUrl: true,
  clientId: true,
  clientSecret: true,
  refreshToken: true,
  scope: true,
  clientIn: true,
  params: true,
})

const aSetting = {
  is: (value: unknown) => typeof value === 'object' && value !== null && 'env' in value,
  called: "a setting: env('NAME') or secret('NAME')",
}
const own = ['grant_type', 'client_id', 'client_secret', 'refresh_token', 'scope']
const aParameters = {
  is: (value: unknown) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).every(([name, each]) => typeof each === 'string' && !own.includes(name)),
  called: `texts by their names, such as { audience: '...' }; ${own.join(', ')} have words of their own`,
}
const aTokenUrl = {
  is: (value: unknown) =>
    typeof value === 'string' && (value.includes('://') ? /^https?:/.test(value) && URL.canParse(value) : /^\/?[\w.~-]/.test(value)),
  called: "a URL, or a path from the URL of the connection such as '/oauth/token'",
}

/** How many calls a service takes in a span, whoever makes them. */
export interface CallLimit {
  readonly calls: number
  readonly per: Duration
}

/** @throws `definition.invalid` */
export function refuseOddLimits(where: string, limits: unknown): void {
  refuseOtherList(where, 'limits', limits, {
    is: (value) => typeof value === 'object' && value !== null,
    called: "a limit such as { calls: 30, per: '1m' }",
  })
  for (const each of limits as readonly CallLimit[]) {
    refuseOddOptions(`${where}, limits`, each, ['calls', 'per'])
    if (!Number.isSafeInteger(each.calls) || each.calls < 1)
      throw refused(where, `limits say ${String(each.calls)} calls`, 'Write a whole number of at least 1.')
    if (durationMs(each.per) === 0) throw refused(where, `limits say so many calls per ${each.per}`, "Write a span such as '1m'.")
  }
}
