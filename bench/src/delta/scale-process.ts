/**
 * One step of `measureScale` in a process of its own, whose memory is its own: `node scale-process.ts STEP FOLDER COUNT`. Prints
 * `{ms, peakMb}`.
 */

import { createTable, openTable } from '@sluice/delta'
import { openDuckDB } from '@sluice/duckdb'
import { timed } from '../measure.ts'
import { peakMemoryMb } from '../peak-memory.ts'
import { marketSelect } from './market.ts'
import type { ScaleResult, ScaleStep } from './scale.ts'
import { createMarket } from './table.ts'

const [step = 'snapshot', folder = '', count = '0'] = process.argv.slice(2) as [ScaleStep, string, string]
const duckdb = await openDuckDB({ tempDirectory: `${folder}-spill`, memoryLimitMb: 512 })
const connection = await duckdb.connect()

const steps: Readonly<Record<ScaleStep, () => Promise<unknown>>> = {
  rows: async () => {
    const table = await createMarket(folder, connection)
    await table.append({ select: marketSelect(Number(count)) })
    await connection.rows(`SELECT count(*), sum(price_usd) FROM (${await (await table.snapshot()).scanSql()})`)
    await table.delete({ where: 'hash(coin_id, seen_at) % 1000 = 0' })
  },
  partitions: async () => {
    const columns = ['p', 'v'].map((name) => ({ name, type: 'long' as const }))
    const table = await createTable(folder, { connection: connection.raw, columns, partitionBy: ['p'] })
    await table.append({ select: `SELECT i % ${count} AS p, i AS v FROM range(${count}) AS rows(i)` })
  },
  snapshot: async () => {
    const snapshot = await (await openTable(folder, { connection: connection.raw })).snapshot()
    if (snapshot.files.length !== Number(count)) throw new Error(`${snapshot.files.length} of ${count} files`)
  },
}
const ms = await timed(steps[step])
duckdb.close()
console.log(JSON.stringify({ ms, peakMb: await peakMemoryMb() } satisfies ScaleResult))
