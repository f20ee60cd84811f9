import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe } from 'vitest'
import { isThere } from '../interop/testing/installation.ts'
import { openS3Bucket } from './s3.ts'
import { bucketCases } from './testing/bucket.cases.ts'
import { faultCases } from './testing/fault.cases.ts'
import { credentials, locationIn, type StoreLocation } from './testing/location.ts'
import { type Server, startVersitygw, versitygw } from './testing/servers.ts'
import { storeCases } from './testing/store.cases.ts'
import { tableCases } from './testing/table.cases.ts'

describe.runIf(await isThere(versitygw, 30))('an S3 gateway (versitygw)', () => {
  let server: Server
  beforeAll(async () => {
    server = await startVersitygw()
  })
  afterAll(() => server.stop())
  const location = (): StoreLocation => locationIn('s3', server.endpoint, server.bucket)
  describe('as a store', () => storeCases(location))
  describe('as a bucket', () =>
    bucketCases(() => openS3Bucket({ endpoint: server.endpoint, bucket: server.bucket, credentials }), randomUUID()))
  describe('with tables', () => tableCases(location))
  describe('behind a bad network', () => faultCases('s3', () => server))
})
