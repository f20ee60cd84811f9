import { DeltaError } from '../errors.ts'

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

/**
 * Reads `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, for temporary credentials, `AWS_SESSION_TOKEN`. Throws `store.failed` with the
 * name of a missing variable.
 */
export function environmentCredentials(environment: Readonly<Record<string, string | undefined>> = process.env): S3Credentials {
  const required = (name: string) => {
    const value = environment[name]
    if (value !== undefined && value !== '') return value
    throw new DeltaError('store.failed', `There are no credentials for S3: ${name} is not set.`, `Set ${name}, or pass \`credentials\`.`, {
      variable: name,
    })
  }
  const sessionToken = environment.AWS_SESSION_TOKEN
  return {
    accessKeyId: required('AWS_ACCESS_KEY_ID'),
    secretAccessKey: required('AWS_SECRET_ACCESS_KEY'),
    ...(sessionToken === undefined || sessionToken === '' ? {} : { sessionToken }),
  }
}
