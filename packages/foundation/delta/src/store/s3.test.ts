import { afterAll, beforeAll, describe } from 'vitest'
import { isThere } from '../interop/testing/installation.ts'
import { faultSuite } from './testing/fault-suite.ts'
import { type Place, placeIn } from './testing/place.ts'
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
  describe('with tables', () => tableSuite(place))
  describe('behind a bad network', () => faultSuite('s3', () => server))
})
