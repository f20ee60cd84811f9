import { DeltaError } from '../errors.ts'
import { argument, checkArguments } from '../options/call.ts'
import { a, action, either, type Form, isAction, isPlain, number, optional, options, required, secretText } from '../options/form.ts'

export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Only of temporary credentials. */
  readonly sessionToken?: string
  /**
   * Epoch milliseconds. New credentials are fetched five minutes earlier. Without it they are used until the store reports that they have
   * expired.
   */
  readonly expiresAtMs?: number
}

/** Fixed credentials, or a function that is called whenever the last ones expire: for the role of a machine, a web identity, a vault. */
export type S3CredentialsSource = S3Credentials | (() => Promise<S3Credentials>)

export const s3Credentials: Form<S3CredentialsSource> = either<S3CredentialsSource>(
  'credentials or a function that gives them',
  { when: isAction, form: action },
  {
    when: isPlain,
    form: options<S3Credentials>({
      accessKeyId: required(secretText),
      secretAccessKey: required(secretText),
      sessionToken: optional(secretText),
      expiresAtMs: optional(number),
    }),
  },
)

/** `process.env` is not a plain object. */
const environmentForm: Form<Readonly<Record<string, string | undefined>>> = a(
  'an object of variables',
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'Give process.env or an object of names and texts.',
  true,
)

/**
 * Reads `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, for temporary credentials, `AWS_SESSION_TOKEN`. Throws `store.failed` with the
 * name of a missing variable.
 */
export function environmentCredentials(environment: Readonly<Record<string, string | undefined>> = process.env): S3Credentials {
  checkArguments('environmentCredentials', [argument('environment', environmentForm)], [environment])
  const needed = (name: string) => {
    const value = environment[name]
    if (value !== undefined && value !== '') return value
    throw new DeltaError('store.failed', `There are no credentials for S3: ${name} is not set.`, `Set ${name}, or pass \`credentials\`.`, {
      variable: name,
    })
  }
  const sessionToken = environment.AWS_SESSION_TOKEN
  return {
    accessKeyId: needed('AWS_ACCESS_KEY_ID'),
    secretAccessKey: needed('AWS_SECRET_ACCESS_KEY'),
    ...(sessionToken === undefined || sessionToken === '' ? {} : { sessionToken }),
  }
}
