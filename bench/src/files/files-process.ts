/**
 * One reading of a file in a process of its own, so that its peak memory is its own: `node files-process.ts ours|raw FILE FORMAT`. Prints
 * `{ms, rows, peakMb}`. Ours: the reader, the judge of rows with two checks, Parquet. Raw: DuckDB's own reader and casts, Parquet.
 */
import { rm, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { csv, dataset, type FileFormat, jsonLines, within } from '@sluice/author'
import { openDuckDB, quoteLiteral } from '@sluice/duckdb'
import { readerOf } from '@sluice/sources/files'
import { planRows } from '@sluice/transform'
import { timed } from '../measure.ts'
import { peakMemoryMb } from '../peak-memory.ts'
import { columns, typesOfDuckDB } from './rows.ts'

const [side = '', file = '', kind = ''] = process.argv.slice(2)
const format: FileFormat = kind === 'jsonl' ? jsonLines() : csv()
const target = `${file}.${side}.parquet`
const into = dataset('silver.orders', { on: 'lake', columns, checks: [within('quantity', { min: 0 }), within('price', { min: 0 })] })

const duckdb = await openDuckDB({ tempDirectory: `${file}.${side}.spill`, memoryLimitMb: 700 })
const connection = await duckdb.connect()
let rows = 0
const ms = await timed(async () => {
  rows = side === 'ours' ? await ours() : await raw()
})
duckdb.close()
await rm(target)
console.log(JSON.stringify({ ms, rows, peakMb: await peakMemoryMb() }))

async function ours(): Promise<number> {
  const reader = await readerOf(format.kind)
  const at = { path: file, name: basename(file), bytes: (await stat(file)).size }
  const kinds: Readonly<Record<string, 'number' | 'text' | 'date' | 'timestamp' | 'boolean'>> = {
    id: 'number',
    customer: 'text',
    ordered_on: 'date',
    quantity: 'number',
    price: 'number',
    paid: 'boolean',
    seen_at: 'timestamp',
  }
  await using opened = await reader.open(connection, at, format, { workFolder: `${file}.work`, wanted: (name) => kinds[name] })
  const plan = planRows({ into, query: opened.rows, output: opened.columns, ofEqual: 'first' })
  return await connection.run(`COPY (${plan.hopeful}) TO ${quoteLiteral(target)} (FORMAT parquet, COMPRESSION zstd)`)
}

async function raw(): Promise<number> {
  const types = Object.entries(typesOfDuckDB).map(([name, type]) => `'${name}': '${type}'`)
  const from =
    kind === 'jsonl'
      ? `read_json(${quoteLiteral(file)}, format = 'newline_delimited', columns = {${types.join(', ')}})`
      : `read_csv(${quoteLiteral(file)}, header = true, columns = {${types.join(', ')}})`
  return await connection.run(`COPY (SELECT * FROM ${from}) TO ${quoteLiteral(target)} (FORMAT parquet, COMPRESSION zstd)`)
}
