import { afterAll, beforeAll, describe } from 'vitest'
import { isThere } from '../interop/testing/installation.ts'
import { type Place, placeIn } from './testing/place.ts'
import { moto, type Server, startMoto } from './testing/servers.ts'
import { storeSuite } from './testing/store-suite.ts'
import { tableSuite } from './testing/table-suite.ts'

describe.runIf(isThere(moto, 18))('another S3 (moto)', () => {
  let server: Server
  beforeAll(async () => {
    server = await startMoto()
  })
  afterAll(() => server.stop())
  const place = (): Place => placeIn('s3', server.endpoint, server.bucket)
  describe('as a store', () => storeSuite(place))
  describe('with tables', () => tableSuite(place))
})
