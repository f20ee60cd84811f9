/** For the test that kills whoever asks. `ask-without-end.ts FOLDER`: asks what takes days, and says which process answers. */
import { join } from 'node:path'
import { startAnswerChild } from '../answer-child.ts'

const [home = ''] = process.argv.slice(2)
const child = startAnswerChild({
  setup: { place: { folder: join(home, 'lake') }, readable: ['demo'], scratch: join(home, 'left'), memoryLimitMb: 128, threads: 1 },
  heapMb: 128,
  environment: process.env,
})
const sql = 'SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range * b.range % 7 = 3'
const nobody = { onBytes: () => undefined, onLast: () => undefined, onLost: () => undefined }
child.ask({ ask: 'answer', project: 'demo', sql, limit: 1, budget: { bytes: 1_000, cells: 1_000 } }, nobody)
process.stdout.write(`${child.pid}\n`)
