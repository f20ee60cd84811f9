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

export const env = (name: string, options: { readonly default?: string; readonly description?: string } = {}): EnvValue =>
  Object.freeze({ env: name, default: options.default, secret: false, description: options.description })

export const secret = (name: string, options: { readonly description?: string } = {}): EnvValue =>
  Object.freeze({ env: name, default: undefined, secret: true, description: options.description })

/** An outside service as declared in a project's configuration. */
export interface ConnectionDefinition {
  readonly type: 'http'
  readonly url: EnvValue
  readonly token: EnvValue | undefined
}

export const httpConnection = (options: { readonly url: EnvValue; readonly token?: EnvValue }): ConnectionDefinition =>
  Object.freeze({ type: 'http', url: options.url, token: options.token })

/** The same with its values resolved, as a task sees it. */
export interface Connection {
  readonly name: string
  readonly type: 'http'
  readonly url: string
  readonly token: string | undefined
}
