import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { memoryBucket } from '@sluice/delta'
import { openS3Bucket } from '@sluice/delta/s3'
import { credentials, type Server } from '@sluice/delta/testing'
import { bucketStorage } from '../storage/bucket.ts'
import type { LakeStorage } from '../storage/storage.ts'

/** Makes the storages of `temporaryLake` from a new folder and a name; local folders unless `useStorage` says otherwise. */
export type MakeStorage = (folder: string, name: string) => LakeStorage

/** Each lake in a bucket of its own, in memory. */
export const bucketsOfMemory: MakeStorage = (folder, name) =>
  bucketStorage(memoryBucket(), { prefix: 'a/lake', stage: { folder: join(folder, 'stage', name) } })

/** Each lake under a prefix of its own in a bucket that a server has. */
export const bucketOnS3 =
  ({ endpoint, bucket }: Pick<Server, 'endpoint' | 'bucket'>): MakeStorage =>
  (folder, name) =>
    bucketStorage(openS3Bucket({ endpoint, bucket, credentials }), { prefix: randomUUID(), stage: { folder: join(folder, 'stage', name) } })
