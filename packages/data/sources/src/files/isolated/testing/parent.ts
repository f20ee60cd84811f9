/** Has a file parsed, until it is killed: `node parent.ts FILE FOLDER DEED`. */
import { parseIsolated } from '../isolated.ts'
import type { Deed } from './hostile.ts'

const [path = '', workFolder = '', deed = ''] = process.argv.slice(2)
console.log('begun')
await parseIsolated(
  { path, name: 'file', bytes: 1 },
  {
    parser: import.meta.resolve('./hostile.ts'),
    task: { deed: deed as Deed },
    limits: { cpuSeconds: deed === 'spin' ? 3 : 3_600, writtenBytes: 1_000_000_000_000, heapMb: 4_096, residentMb: 16_384 },
  },
  { workFolder },
)
