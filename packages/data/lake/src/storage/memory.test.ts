import { join } from 'node:path'
import { memoryBucket } from '@sluice/delta'
import { describe } from 'vitest'
import { useStorage } from '../testing/index.ts'
import { lakeCases } from '../testing/lake.cases.ts'
import { bucketStorage } from './bucket.ts'

useStorage((folder, name) => bucketStorage(memoryBucket(), { prefix: 'a/lake', stage: { folder: join(folder, 'stage', name) } }))

describe('a lake in a bucket', () => lakeCases())
