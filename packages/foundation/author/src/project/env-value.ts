import { refuseOddOptions } from '../base/shape.ts'

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
