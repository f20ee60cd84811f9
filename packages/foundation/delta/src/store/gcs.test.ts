import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe } from 'vitest'
import { isThere } from '../interop/testing/installation.ts'
import { openGcsBucket } from './gcs.ts'
import { bucketSuite } from './testing/bucket-suite.ts'
import { faultSuite } from './testing/fault-suite.ts'
import { type Place, placeIn } from './testing/place.ts'
import { fakeGcs, type Server, startFakeGcs } from './testing/servers.ts'
import { storeSuite } from './testing/store-suite.ts'
import { tableSuite } from './testing/table-suite.ts'

describe.runIf(await isThere(fakeGcs, 30))('Google Cloud Storage (fake-gcs-server)', () => {
  let server: Server
  beforeAll(async () => {
    server = await startFakeGcs()
  })
  afterAll(() => server.stop())
  const place = (): Place => placeIn('gcs', server.endpoint, server.bucket)
  describe('as a store', () => storeSuite(place))
  describe('as a bucket', () =>
    bucketSuite(() => openGcsBucket({ endpoint: server.endpoint, bucket: server.bucket, token: 'none' }), randomUUID()))
  describe('with tables', () => tableSuite(place))
  describe('behind a bad network', () => faultSuite('gcs', () => server))
})
