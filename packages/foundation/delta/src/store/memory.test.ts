import { describe } from 'vitest'
import { memoryBucket, memoryStore } from './memory.ts'
import { bucketSuite } from './testing/bucket-suite.ts'
import { crashSuite } from './testing/crash-suite.ts'
import { type Place, temporaryFolder } from './testing/place.ts'
import { storeSuite } from './testing/store-suite.ts'
import { tableSuite } from './testing/table-suite.ts'

function place(): Place {
  const bucket = memoryBucket()
  return { open: () => memoryStore({ bucket, prefix: 'a/table/', stage: { folder: temporaryFolder() } }) }
}

describe('memory as a store', () => storeSuite(place))
describe('tables in memory', () => tableSuite(place))
describe('memory as a bucket', () => bucketSuite(memoryBucket, 'a'))
describe('machines that die', () => crashSuite())
