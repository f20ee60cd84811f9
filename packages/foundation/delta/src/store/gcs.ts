import { argument, checkArguments } from '../options/call.ts'
import { a, filledText, optional, options, positive, required, text, url } from '../options/form.ts'
import { type Bucket, prefixOf } from './bucket.ts'
import { gcsBucket } from './gcs-bucket.ts'
import { type GcsTokenSource, metadataToken } from './gcs-token.ts'
import type { RetryPolicy } from './http.ts'
import { retryPolicy, stageOptions } from './location-form.ts'
import type { StageOptions } from './stage.ts'
import { stagedStore } from './staged.ts'
import type { LogStore } from './store.ts'

export { type GcsToken, type GcsTokenSource, metadataToken, type ServiceAccountKey, serviceAccountToken } from './gcs-token.ts'
export type { RetryPolicy } from './http.ts'
export type { StageOptions } from './stage.ts'

export interface GcsBucketOptions {
  readonly bucket: string
  /** `https://storage.googleapis.com` by default. */
  readonly endpoint?: string
  /** `serviceAccountToken(key)` or any function. By default the token of this machine (`metadataToken()`). `'none'` for a local server. */
  readonly token?: GcsTokenSource | 'none'
  readonly retry?: RetryPolicy
  /** Larger files are uploaded in parts of this size, one part in memory at a time. 8 MiB by default, in steps of 256 KiB. */
  readonly partBytes?: number
}

export interface GcsStoreOptions extends GcsBucketOptions {
  /** The table's folder in the bucket, without a slash at either end. The whole bucket by default. */
  readonly prefix?: string
  /** Where DuckDB reads and writes the table's files. */
  readonly stage: StageOptions
}

const bucketFields = {
  bucket: required(filledText),
  endpoint: optional(url),
  token: optional(
    a<GcsTokenSource | 'none'>(
      "a function that gives tokens, or 'none'",
      (value) => typeof value === 'function' || value === 'none',
      undefined,
      true,
    ),
  ),
  retry: optional(retryPolicy),
  partBytes: optional(positive),
} as const
const bucketOptions = options<GcsBucketOptions>(bucketFields)
const storeOptions = options<GcsStoreOptions>({ ...bucketFields, prefix: optional(text), stage: required(stageOptions) })

/** Opens a bucket that may hold many tables and other files. */
export function openGcsBucket(given: GcsBucketOptions): Bucket {
  checkArguments('openGcsBucket', [argument('options', bucketOptions)], [given])
  return bucketOf(given)
}

function bucketOf({ bucket, endpoint, token = metadataToken(), retry = {}, partBytes }: GcsBucketOptions): Bucket {
  const step = 256 * 1024
  return gcsBucket({
    bucket,
    endpoint: endpoint ?? 'https://storage.googleapis.com',
    token: token === 'none' ? undefined : token,
    retry,
    partBytes: Math.max(1, Math.floor((partBytes ?? 8 * 2 ** 20) / step)) * step,
  })
}

/**
 * A table on Google Cloud Storage. A commit is an upload with `ifGenerationMatch=0`. Every failure is `store.failed` with the status and
 * the key.
 */
export function gcsStore(given: GcsStoreOptions): LogStore {
  checkArguments('gcsStore', [argument('options', storeOptions)], [given])
  return stagedStore(bucketOf(given), prefixOf(given.prefix), given.stage)
}
