import { optionNames, refuseOddOptions } from '../base/shape.ts'

/**
 * A value that comes from outside the code: environment variable, then `.env`, then the default given here.
 * `secret` values are masked in logs and never leave through the API.
 */
export interface EnvValue {
  readonly env: string
  readonly default: string | undefined
  readonly secret: boolean
  readonly description: string | undefined
}

/** A value of the environment or of `.env`; without a `default` it is needed. */
export const env = (name: string, options: { readonly default?: string; readonly description?: string } = {}): EnvValue => {
  refuseOddOptions('env()', options, ['default', 'description'])
  return Object.freeze({ env: name, default: options.default, secret: false, description: options.description })
}

/** A value of the environment or of `.env` that is masked wherever it would be shown. */
export const secret = (name: string, options: { readonly description?: string } = {}): EnvValue => {
  refuseOddOptions('secret()', options, ['description'])
  return Object.freeze({ env: name, default: undefined, secret: true, description: options.description })
}

/** Where a service looks for the token: by default `Authorization: Bearer`; a header of another name takes the token alone. */
export type TokenPlace = { readonly header: string } | { readonly query: string }

/** What is true of a service, whoever asks it. */
interface OfService {
  readonly tokenIn?: TokenPlace
  /** Query parameters and headers that hold a secret, beside those whose name says so. Their values are not stored with what is landed. */
  readonly secrets?: readonly string[]
  /** Other hosts to which it may redirect; secrets do not go there. */
  readonly redirects?: readonly string[]
}

/** An HTTP service as declared in a project's configuration. */
export interface HttpConnectionDefinition extends OfService {
  readonly type: 'http'
  readonly url: EnvValue
  readonly token: EnvValue | undefined
}

/** A database as declared in a project's configuration. */
export interface PostgresConnectionDefinition {
  readonly type: 'postgres'
  /** `postgres://user:password@host:5432/database`. Its password is masked wherever it would be shown. */
  readonly url: EnvValue
}

/** An outside system as declared in a project's configuration. */
export type ConnectionDefinition = HttpConnectionDefinition | PostgresConnectionDefinition

type HttpOptions = { readonly url: EnvValue; readonly token?: EnvValue } & OfService

/** Where an HTTP source is, and the token that goes with each request to it. */
export const httpConnection = (options: HttpOptions): HttpConnectionDefinition => {
  refuseOddOptions('httpConnection()', options, connectionOptions)
  return Object.freeze({ ...options, type: 'http', token: options.token })
}

const connectionOptions = optionNames<HttpOptions>({ url: true, token: true, tokenIn: true, secrets: true, redirects: true })

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
}

/** A database with its values resolved. */
export interface DatabaseConnection {
  readonly name: string
  readonly type: PostgresConnectionDefinition['type']
  readonly url: string
}
