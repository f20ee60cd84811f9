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
  /** `us-east-1` by default, as S3-compatible stores expect. */
  readonly region?: string
  /** Of an S3-compatible store, `http://127.0.0.1:9000`; Amazon's for the region by default. */
  readonly endpoint?: string
  /** The bucket's name in the path, not in the host: so by default at an `endpoint`, and where the name has a dot. */
  readonly pathStyle?: boolean
  /** The environment's (`environmentCredentials`) by default, read at the first request. */
  readonly credentials?: S3CredentialsSource
  readonly retry?: RetryPolicy
  /** Larger files go up in parts of this size, four at once, each in memory; 8 MiB by default, at least 5 MiB. */
  readonly partBytes?: number
}

export interface S3StoreOptions extends S3BucketOptions {
  /** The table's folder in the bucket, without a slash at either end; the whole bucket by default. */
  readonly prefix?: string
  /** Where DuckDB reads and writes the table's files. */
  readonly stage: StageOptions
}

/** The bucket alone, for what keeps many tables and other files in it. */
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
 * A table on S3 or a store that speaks its protocol **and honours `If-None-Match: *`**: a commit is a PUT that only the first writer gets granted. A store
 * that ignores the condition is found out at the first commit (`store.failed`). Every fault is `store.failed` with the status and the key, never with a
 * secret.
 */
export function s3Store(options: S3StoreOptions): LogStore {
  return stagedStore(openS3Bucket(options), prefixOf(options.prefix), options.stage)
}
