import { DuckDBInstance } from '@duckdb/node-api'
import { openTable } from '../../table.ts'
import { type Description, openDescribed, removeTemporaryFolders } from './location.ts'

/** One of several processes that append to one table. Sends each transaction twice and prints how many were skipped. */
const [described = '', writer = '', appends = ''] = process.argv.slice(2)
const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
const connection = await instance.connect()
const table = await openTable(openDescribed(JSON.parse(described) as Description), { connection })
let skipped = 0
for (let n = 0; n < Number(appends); n++) {
  const txn = { appId: `writer-${writer}-${n}`, version: 1 }
  for (let time = 0; time < 2; time++) {
    const result = await table.append({ select: `SELECT ${writer} AS writer, ${n} AS n`, txn })
    if (result.alreadyCommitted) skipped++
  }
}
process.stdout.write(`${skipped}\n`, () => {
  removeTemporaryFolders()
  process.exit(0)
})
