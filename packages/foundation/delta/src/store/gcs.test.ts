import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe } from 'vitest'
import { isThere } from '../interop/testing/installation.ts'
import { openGcsBucket } from './gcs.ts'
import { bucketCases } from './testing/bucket.cases.ts'
import { faultCases } from './testing/fault.cases.ts'
import { locationIn, type StoreLocation } from './testing/location.ts'
import { fakeGcs, type Server, startFakeGcs } from './testing/servers.ts'
import { storeCases } from './testing/store.cases.ts'
import { tableCases } from './testing/table.cases.ts'

describe.runIf(await isThere(fakeGcs, 30))('Google Cloud Storage (fake-gcs-server)', () => {
  let server: Server
  beforeAll(async () => {
    server = await startFakeGcs()
  })
  afterAll(() => server.stop())
  const location = (): StoreLocation => locationIn('gcs', server.endpoint, server.bucket)
  describe('as a store', () => storeCases(location))
  describe('as a bucket', () =>
    bucketCases(() => openGcsBucket({ endpoint: server.endpoint, bucket: server.bucket, token: 'none' }), randomUUID()))
  describe('with tables', () => tableCases(location))
  describe('behind a bad network', () => faultCases('gcs', () => server))
})
