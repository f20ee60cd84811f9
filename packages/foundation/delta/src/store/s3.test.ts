import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe } from 'vitest'
import { isThere } from '../interop/testing/installation.ts'
import { openS3Bucket } from './s3.ts'
import { bucketSuite } from './testing/bucket-suite.ts'
import { faultSuite } from './testing/fault-suite.ts'
import { credentials, type Place, placeIn } from './testing/place.ts'
import { type Server, startVersitygw, versitygw } from './testing/servers.ts'
import { storeSuite } from './testing/store-suite.ts'
import { tableSuite } from './testing/table-suite.ts'

describe.runIf(await isThere(versitygw, 30))('an S3 gateway (versitygw)', () => {
  let server: Server
  beforeAll(async () => {
    server = await startVersitygw()
  })
  afterAll(() => server.stop())
  const place = (): Place => placeIn('s3', server.endpoint, server.bucket)
  describe('as a store', () => storeSuite(place))
  describe('as a bucket', () =>
    bucketSuite(() => openS3Bucket({ endpoint: server.endpoint, bucket: server.bucket, credentials }), randomUUID()))
  describe('with tables', () => tableSuite(place))
  describe('behind a bad network', () => faultSuite('s3', () => server))
})
