import { createHash } from 'node:crypto'
import type { SimulatorReply, SimulatorRequest } from '@sluice/simulator-kit'

export type SignIn = 'none' | 'header' | 'query' | 'bearer' | 'basic' | 'oauth'

export interface SignInRules {
  readonly kind: SignIn
  /** The key; with `basic` the password, with `oauth` the secret of the client and the first refresh token. */
  readonly key: string
  /** How long an access token is good. */
  readonly tokenMs: number
  /** A refresh token is good once: the answer holds the next one. */
  readonly rotates: boolean
  /** Fields without which no token is given, beside those of RFC 6749. */
  readonly asks: Readonly<Record<string, string>>
  readonly now: () => number
}

export interface Door {
  /** What refuses a request. */
  refuse(request: SimulatorRequest): SimulatorReply | undefined
  /** `POST /oauth/token`. */
  token(request: SimulatorRequest): SimulatorReply
  /** Access tokens are good no more. */
  expireTokens(): void
  readonly tokens: () => { readonly given: number; readonly refresh: string }
}

export function door({ kind, key, tokenMs, rotates, asks: needed, now }: SignInRules): Door {
  let refresh = key
  let given = 0
  const good = new Map<string, number>()
  /** Of the key and how many were given: the same shop gives the same tokens. */
  const tokenOf = (kind: string): string => createHash('sha256').update(`${key} ${kind} ${given}`).digest('hex').slice(0, 24)
  const no: SimulatorReply = { status: 401, body: { error: 'unauthorized' } }

  const isIn = ({ headers, query }: SimulatorRequest): boolean => {
    const { authorization = '' } = headers as Readonly<Record<string, string>>
    switch (kind) {
      case 'none':
        return true
      case 'header':
        return headers['x-api-key'] === key
      case 'query':
        return query.get('api_key') === key
      case 'bearer':
        return authorization === `Bearer ${key}`
      case 'basic':
        return authorization === `Basic ${Buffer.from(`shop:${key}`).toString('base64')}`
      case 'oauth':
        return (good.get(authorization.replace(/^Bearer /, '')) ?? 0) > now()
      default:
        return kind satisfies never
    }
  }

  return {
    refuse: (request) => (isIn(request) ? undefined : no),
    token({ body, headers }) {
      const form = new URLSearchParams(body.toString('utf8'))
      const basic = Buffer.from(String(headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString('utf8')
      const knows = basic.endsWith(`:${key}`) || form.get('client_secret') === key
      if (!knows) return { status: 401, body: { error: 'invalid_client' } }
      if (Object.entries(needed).some(([name, value]) => form.get(name) !== value))
        return { status: 400, body: { error: 'invalid_request' } }
      const asks = form.get('grant_type')
      if (asks === 'refresh_token' && form.get('refresh_token') !== refresh) return { status: 400, body: { error: 'invalid_grant' } }
      if (asks !== 'refresh_token' && asks !== 'client_credentials') return { status: 400, body: { error: 'unsupported_grant_type' } }
      given++
      const access = tokenOf('access')
      good.set(access, now() + tokenMs)
      if (rotates && asks === 'refresh_token') refresh = tokenOf('refresh')
      const next = asks === 'refresh_token' ? { refresh_token: refresh } : {}
      return { body: { token_type: 'Bearer', access_token: access, expires_in: tokenMs / 1_000, ...next } }
    },
    expireTokens: () => good.clear(),
    tokens: () => ({ given, refresh }),
  }
}
