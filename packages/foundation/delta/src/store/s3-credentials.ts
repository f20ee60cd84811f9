import { DeltaError } from '../errors.ts'

export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Of temporary credentials. */
  readonly sessionToken?: string
  /** Epoch milliseconds; asked for anew five minutes before. Without it they are used for good, or until the store says they have expired. */
  readonly expiresAtMs?: number
}

/** Given once, or asked for whenever the last ones end: a role of a machine, a web identity, a vault. */
export type S3CredentialsSource = S3Credentials | (() => Promise<S3Credentials>)

/** `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, of temporary ones, `AWS_SESSION_TOKEN`. Throws `store.failed` naming the variable that is missing. */
export function environmentCredentials(environment: Readonly<Record<string, string | undefined>> = process.env): S3Credentials {
  const required = (name: string) => {
    const value = environment[name]
    if (value !== undefined && value !== '') return value
    throw new DeltaError('store.failed', `There are no credentials for S3: ${name} is not set.`, `Set ${name}, or give \`credentials\`.`, {
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
