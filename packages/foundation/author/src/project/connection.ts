import { refused } from '../base/faults.ts'
import { made, optionNames, refuseOddOptions, refuseOther } from '../base/shape.ts'
import type { EnvValue } from './env-value.ts'
import { type CallLimit, type HttpAuth, refuseOddLimits } from './http-auth.ts'

/** Where a service looks for the token: by default `Authorization: Bearer`; a header of another name takes the token alone. */
export type TokenPlace = { readonly header: string } | { readonly query: string }

/** What is true of a service, whoever asks it. */
interface OfService {
  readonly tokenIn?: TokenPlace
  /** Query parameters and headers that hold a secret, beside those whose name says so. Their values are not stored with what is landed. */
  readonly secrets?: readonly string[]
  /** Other hosts to which it may redirect; secrets do not go there. */
  readonly redirects?: readonly string[]
  /** How many calls it takes in a span, of all workers together: `[{ calls: 30, per: '1m' }, { calls: 1000, per: '1d' }]`. */
  readonly limits?: readonly CallLimit[]
}

/** An HTTP service as declared in a project's configuration. */
export interface HttpConnectionDefinition extends OfService {
  readonly type: 'http'
  readonly url: EnvValue
  readonly token: EnvValue | undefined
  readonly auth?: HttpAuth
}

/** A database as declared in a project's configuration. */
export interface PostgresConnectionDefinition {
  readonly type: 'postgres'
  /** `postgres://user:password@host:5432/database`. Its password is masked wherever it would be shown. */
  readonly url: EnvValue
}

/** An outside system as declared in a project's configuration. */
export type ConnectionDefinition = HttpConnectionDefinition | PostgresConnectionDefinition

interface HttpOptions extends OfService {
  readonly url: EnvValue
  /** A key that goes with each request as it is. */
  readonly token?: EnvValue
  /** Or how one is come by: `basicAuth({ user, password })`, `oauth({ tokenUrl, clientId, clientSecret })`. */
  readonly auth?: HttpAuth
}

/** Where an HTTP source is, what goes with each request to it, and how often it may be asked. */
export const httpConnection = (options: HttpOptions): HttpConnectionDefinition => {
  refuseOddOptions('httpConnection()', options, connectionOptions)
  const { token, auth, limits } = options
  if (auth !== undefined) refuseOther('httpConnection()', 'auth', auth, anAuth)
  if (auth !== undefined && token !== undefined)
    throw refused('httpConnection()', 'it has both a token and auth', 'Leave out the one that the service does not ask for.')
  if (limits !== undefined) refuseOddLimits('httpConnection()', limits)
  return Object.freeze({ ...options, type: 'http', token: options.token })
}

const connectionOptions = optionNames<HttpOptions>({
  ...{ url: true, token: true, auth: true, tokenIn: true, secrets: true, redirects: true, limits: true },
})
const anAuth = made('basicAuth({ ... }) or oauth({ ... })', 'basic', 'oauth')

/**
 * Where a PostgreSQL database is, and as whom it is read. TLS as the URL says: `?sslmode=verify-full&sslrootcert=/path/ca.pem`, with
 * `sslcert` and `sslkey` where the server asks for them.
 */
export const postgresConnection = (options: { readonly url: EnvValue }): PostgresConnectionDefinition => {
  refuseOddOptions('postgresConnection()', options, ['url'])
  return Object.freeze({ type: 'postgres', url: options.url })
}

/** An HTTP service with its values resolved, as a task sees it. */
export interface Connection extends OfService {
  readonly name: string
  readonly type: 'http'
  readonly url: string
  readonly token: string | undefined
  readonly auth?: HttpAuth<string>
  /** Where its secrets are set, without their values: `STORE_KEY (.env:3)`. */
  readonly secretsAt?: readonly string[]
}

/** A database with its values resolved. */
export interface DatabaseConnection {
  readonly name: string
  readonly type: PostgresConnectionDefinition['type']
  readonly url: string
}
