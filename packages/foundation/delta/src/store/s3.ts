import { type Bucket, prefixOf } from './bucket.ts'
import type { RetryPolicy } from './http.ts'
import { s3Bucket } from './s3-bucket.ts'
import { environmentCredentials, type S3CredentialsSource } from './s3-credentials.ts'
import type { StageOptions } from './stage.ts'
import { stagedStore } from './staged.ts'
import type { LogStore } from './store.ts'

export type { RetryPolicy } from './http.ts'
export { environmentCredentials, type S3Credentials, type S3CredentialsSource } from './s3-credentials.ts'
export type { StageOptions } from './stage.ts'

export interface S3BucketOptions {
  readonly bucket: string
  /** `us-east-1` by default, as most S3-compatible stores expect. */
  readonly region?: string
  /** The URL of an S3-compatible store, such as `http://127.0.0.1:9000`. Amazon's endpoint of the region by default. */
  readonly endpoint?: string
  /** Puts the name of the bucket into the path instead of the host. The default with an `endpoint`, and for a name with a dot. */
  readonly pathStyle?: boolean
  /** By default the environment's credentials (`environmentCredentials`), read at the first request. */
  readonly credentials?: S3CredentialsSource
  readonly retry?: RetryPolicy
  /** Larger files are uploaded in parts of this size, four parts in memory at a time. 8 MiB by default, at least 5 MiB. */
  readonly partBytes?: number
}

export interface S3StoreOptions extends S3BucketOptions {
  /** The table's folder in the bucket, without a slash at either end. The whole bucket by default. */
  readonly prefix?: string
  /** Where DuckDB reads and writes the table's files. */
  readonly stage: StageOptions
}

/** Opens a bucket that may hold many tables and other files. */
export function openS3Bucket(options: S3BucketOptions): Bucket {
  return s3Bucket({
    bucket: options.bucket,
    region: options.region ?? 'us-east-1',
    endpoint: options.endpoint,
    pathStyle: options.pathStyle,
    credentials: options.credentials ?? (() => Promise.resolve().then(() => environmentCredentials())),
    retry: options.retry ?? {},
    partBytes: Math.max(5 * 2 ** 20, options.partBytes ?? 8 * 2 ** 20),
  })
}

/**
 * A table on S3 or on a compatible store **that honours `If-None-Match: *`**. A commit is a PUT that succeeds only for the first writer. A
 * store that ignores the condition is detected at the first commit (`store.failed`). Every failure is `store.failed` with the status and
 * the key, and never with a secret.
 */
export function s3Store(options: S3StoreOptions): LogStore {
  return stagedStore(openS3Bucket(options), prefixOf(options.prefix), options.stage)
}
