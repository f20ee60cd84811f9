/**
 * The steps of `measureLittleMemory` in a process of their own: `node memory-process.ts INPUT FOLDER`. Prints `{appendMs, mergeMs,
 * peakMb}`.
 */
import { openDuckDB, quoteLiteral } from '@sluice/duckdb'
import { timed } from '../measure.ts'
import { peakMemoryMb } from '../peak-memory.ts'
import type { LittleMemory } from './memory.ts'
import { createMarket } from './table.ts'

const [input = '', folder = ''] = process.argv.slice(2)
const duckdb = await openDuckDB({ tempDirectory: `${folder}-spill`, memoryLimitMb: 512 })
const connection = await duckdb.connect()
const table = await createMarket(folder, connection)
const rows = `SELECT * FROM read_parquet(${quoteLiteral(input)})`
const source = `SELECT * REPLACE (price_usd + 1 AS price_usd) FROM (${rows}) WHERE hash(coin_id, seen_at) % 100 = 0`
const on = 'target.coin_id = source.coin_id AND target.seen_at = source.seen_at'
const appendMs = await timed(() => table.append({ select: rows }))
const mergeMs = await timed(() => table.merge({ source, on, updateAll: true, insertAll: true }))
duckdb.close()
console.log(JSON.stringify({ appendMs, mergeMs, peakMb: await peakMemoryMb() } satisfies LittleMemory))
