/**
 * One reading of a file in a process of its own, so that its peak memory is its own: `node files-process.ts ours|raw|convert FILE KIND`.
 * Prints a `Reading`. Ours: the reader, the judge of rows with its checks, Parquet. Convert: `sources convert` to Parquet. Raw: what others
 * read (`raw-reading.ts`).
 */
import { rm, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { avro, type Columns, csv, dataset, excel, type FileFormat, jsonLines, within } from '@sluice/author'
import { type DuckConnection, openDuckDB, quoteLiteral } from '@sluice/duckdb'
import { convertFile } from '@sluice/sources/convert'
import { readerOf } from '@sluice/sources/files'
import { planRows } from '@sluice/transform'
import { timed } from '../measure.ts'
import { watchFamily } from './family.ts'
import { rawRows } from './raw-reading.ts'
import type { Kind, Reading, Side } from './reading.ts'
import { columns } from './rows.ts'
import { workbookColumns } from './workbook.ts'

const [side, file, kind] = process.argv.slice(2) as [Side, string, Kind]
const formats: Readonly<Record<Kind, () => FileFormat>> = { csv, jsonl: jsonLines, avro, excel }
const checks = [within('quantity', { min: 0 }), within('price', { min: 0 })]
const into =
  kind === 'excel'
    ? dataset('silver.orders', { on: 'lake', columns: workbookColumns })
    : dataset('silver.orders', { on: 'lake', columns, checks })

const target = `${file}.${side}.parquet`
using family = await watchFamily()
let rows = 0
const ms = await timed(async () => {
  rows = side === 'convert' ? (await convertFile(file, target)).rowsWritten : await withEngine(side === 'ours' ? ours : raw)
})
const reading: Reading = { ms, cpuMs: await family.cpuMs(), peakMb: await family.peakMb(), rows }
await rm(target, { force: true })
console.log(JSON.stringify(reading))

async function withEngine(work: (connection: DuckConnection) => Promise<number>): Promise<number> {
  const duckdb = await openDuckDB({ tempDirectory: `${file}.${side}.spill`, memoryLimitMb: 700 })
  try {
    return await work(await duckdb.connect())
  } finally {
    duckdb.close()
  }
}

async function ours(connection: DuckConnection): Promise<number> {
  const format = formats[kind]()
  const reader = await readerOf(format.kind)
  const at = { path: file, name: basename(file), bytes: (await stat(file)).size }
  const declared: Columns = into.columns
  const wanted = (name: string) => wantedKind(declared, name)
  const typeOf = (name: string) => declared[name]?.type
  await using opened = await reader.open(connection, at, format, { workFolder: `${file}.work`, wanted, target: typeOf })
  const { rows: query, columns: output } = opened.typed ?? opened
  const plan = planRows({ into, query, output, ofEqual: 'first' })
  return await connection.run(`COPY (${plan.hopeful}) TO ${quoteLiteral(target)} (FORMAT parquet, COMPRESSION zstd)`)
}

function raw(connection: DuckConnection): Promise<number> {
  return rawRows(connection, kind, file, target)
}

function wantedKind(of: Columns, name: string): 'number' | 'text' | 'date' | 'timestamp' | 'boolean' | undefined {
  const type = of[name]?.type.kind
  switch (type) {
    case undefined:
      return undefined
    case 'date':
    case 'timestamp':
    case 'boolean':
    case 'text':
      return type
    default:
      return 'number'
  }
}
