import { describe } from 'vitest'
import { memoryBucket, memoryStore } from './memory.ts'
import { bucketCases } from './testing/bucket.cases.ts'
import { crashCases } from './testing/crash.cases.ts'
import { type StoreLocation, temporaryFolder } from './testing/location.ts'
import { storeCases } from './testing/store.cases.ts'
import { tableCases } from './testing/table.cases.ts'

function location(): StoreLocation {
  const bucket = memoryBucket()
  return { open: () => memoryStore({ bucket, prefix: 'a/table/', stage: { folder: temporaryFolder() } }) }
}

describe('memory as a store', () => storeCases(location))
describe('tables in memory', () => tableCases(location))
describe('memory as a bucket', () => bucketCases(memoryBucket, 'a'))
describe('machines that die', () => crashCases())
