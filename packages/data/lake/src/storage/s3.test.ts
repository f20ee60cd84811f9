import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { openS3Bucket } from '@sluice/delta/s3'
import { credentials, isThere, type Server, startVersitygw, versitygw } from '@sluice/delta/testing'
import { afterAll, beforeAll, describe } from 'vitest'
import { useStorage } from '../testing/index.ts'
import { lakeCases } from '../testing/lake.cases.ts'
import { bucketStorage } from './bucket.ts'

describe.runIf(await isThere(versitygw, 30))('a lake on S3 (versitygw)', () => {
  let server: Server
  beforeAll(async () => {
    server = await startVersitygw()
  })
  afterAll(() => server.stop())
  useStorage((folder, name) => {
    const bucket = openS3Bucket({ endpoint: server.endpoint, bucket: server.bucket, credentials })
    return bucketStorage(bucket, { prefix: randomUUID(), stage: { folder: join(folder, 'stage', name) } })
  })
  lakeCases()
})
