import { argument, checkArguments } from '../options/call.ts'
import { filledText, flag, optional, options, positive, required, text, url } from '../options/form.ts'
import { type Bucket, prefixOf } from './bucket.ts'
import type { RetryPolicy } from './http.ts'
import { retryPolicy, stageOptions } from './location-form.ts'
import { s3Bucket } from './s3-bucket.ts'
import { environmentCredentials, type S3CredentialsSource, s3Credentials } from './s3-credentials.ts'
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

const bucketFields = {
  bucket: required(filledText),
  region: optional(filledText),
  endpoint: optional(url),
  pathStyle: optional(flag),
  credentials: optional(s3Credentials),
  retry: optional(retryPolicy),
  partBytes: optional(positive),
} as const
const bucketOptions = options<S3BucketOptions>(bucketFields)
const storeOptions = options<S3StoreOptions>({ ...bucketFields, prefix: optional(text), stage: required(stageOptions) })

/** Opens a bucket that may hold many tables and other files. */
export function openS3Bucket(given: S3BucketOptions): Bucket {
  checkArguments('openS3Bucket', [argument('options', bucketOptions)], [given])
  return bucketOf(given)
}

function bucketOf({ bucket, region, endpoint, pathStyle, credentials, retry, partBytes }: S3BucketOptions): Bucket {
  return s3Bucket({
    bucket,
    region: region ?? 'us-east-1',
    endpoint,
    pathStyle,
    credentials: credentials ?? (() => Promise.resolve().then(() => environmentCredentials())),
    retry: retry ?? {},
    partBytes: Math.max(5 * 2 ** 20, partBytes ?? 8 * 2 ** 20),
  })
}

/**
 * A table on S3 or on a compatible store **that honours `If-None-Match: *`**. A commit is a PUT that succeeds only for the first writer. A
 * store that ignores the condition is detected at the first commit (`store.failed`). Every failure is `store.failed` with the status and
 * the key, and never with a secret.
 */
export function s3Store(given: S3StoreOptions): LogStore {
  checkArguments('s3Store', [argument('options', storeOptions)], [given])
  return stagedStore(bucketOf(given), prefixOf(given.prefix), given.stage)
}
