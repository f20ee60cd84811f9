/**
 * One step of the JSON benchmark in a process of its own, so that its peak memory is its own:
 * `node json-process.ts land|model|raw KIND FOLDER`. Prints `{ms, rows, peakMb}`; `model` and `raw` run twice and time the second.
 */
import { createReadStream } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { freemem, totalmem } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { dataset, model, type Pages, raw, rawSql, sql } from '@sluice/author'
import { testReading } from '@sluice/author/testing'
import { type BatchWrite, bugErrors, type DatasetRef } from '@sluice/core'
import { type DuckDB, duckdbType, fileList, openDuckDB, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import { type Lake, openLake } from '@sluice/lake'
import { runModel } from '@sluice/transform'
import { timed } from '../measure.ts'
import { peakMemoryMb } from '../peak-memory.ts'
import { type BodyKind, bodyKinds } from './json-bodies.ts'

const [step, kindName = '', folder = ''] = process.argv.slice(2)
const kind = bodyKinds[kindName]
if (kind === undefined) throw new Error(`There is no kind of body named ${kindName}.`)

const instant = Date.UTC(2026, 0, 2)
const landed = dataset('bronze.bodies', { on: 'lake', bodies: raw() })
/** What each of two workers on this machine has: half of the memory, divided by the workers. */
const memoryLimitMb = Math.min(Math.floor(totalmem() / 2 / 2 ** 21), Math.floor(freemem() / 2 ** 20))

const duckdb: DuckDB = await openDuckDB({ tempDirectory: join(folder, 'spill'), memoryLimitMb })
const lake: Lake = openLake({ storage: join(folder, 'lake'), project: 'bench', duckdb: async () => duckdb })
const result = await steps(kind)[step ?? '']?.()
duckdb.close()
if (result === undefined) throw new Error(`There is no step named ${step}.`)
console.log(JSON.stringify({ ...result, peakMb: await peakMemoryMb() }))

function steps(of: BodyKind): Readonly<Record<string, () => Promise<{ readonly ms: number; readonly rows: number }>>> {
  return {
    land: async () => {
      let rows = 0
      const ms = await timed(async () => {
        rows = (await lake.land(writeTo(landed.name, of.name), pages(join(folder, `${of.name}.ndjson`)))).rowsWritten
      })
      return { ms, rows }
    },
    model: async () => {
      let rows = 0
      const once = async (batch: string): Promise<void> => {
        const receipt = await runModel({
          model: recordsModel(of),
          write: writeTo(`silver.${of.name.toLowerCase()}`, batch),
          reading: testReading([landed], { batches: { [landed.id]: [refTo(of)] }, interval: { start: 0, end: instant } }),
          lake,
        })
        rows = receipt.rowsWritten
        if (receipt.rowsQuarantined > 0) throw new Error(`${receipt.rowsQuarantined} rows were quarantined`)
      }
      await once(`warm-${process.pid}`)
      return { ms: await timed(() => once(`timed-${process.pid}`)), rows }
    },
    raw: async () => {
      const connection = await duckdb.connect()
      const target = join(folder, `${of.name}-raw.parquet`)
      const copy = `COPY (${rawSelect(of, await bronzeFile())}) TO ${quoteLiteral(target)} (FORMAT parquet, COMPRESSION zstd)`
      await connection.run(copy)
      return {
        ms: await timed(() => connection.run(copy)),
        rows: Number(await connection.value(`SELECT count(*) FROM ${quoteLiteral(target)}`)),
      }
    },
  }
}

/** DuckDB's own road: parse, cast, write. */
function rawSelect(of: BodyKind, file: string): string {
  const typed = Object.entries(of.columns).map(
    ([name, { type }], place) => `CAST(${of.values[place]} AS ${duckdbType(type)}) AS ${quoteIdentifier(name)}`,
  )
  return `SELECT ${typed.join(', ')} FROM (SELECT unnest(body.data, max_depth := 2) FROM (
    SELECT from_json_strict(payload, ${structure(of)}) AS body FROM read_parquet(${fileList([file])})))`
}

/** The same as a project writes it; the model casts. */
function recordsModel(of: BodyKind) {
  const names = Object.keys(of.columns).map((name, place) => `${of.values[place]} AS ${quoteIdentifier(name)}`)
  return model({
    into: dataset(`silver.${of.name.toLowerCase()}`, { on: 'lake', columns: of.columns }),
    from: { landed },
    refresh: 'batch',
    query: ({ landed }) => sql`
      select ${rawSql(names.join(', '))} from (select unnest(body.data, max_depth := 2) from (
        select from_json_strict(payload, ${rawSql(structure(of))}) as body from ${landed.batch}))`,
  })
}

function structure(of: BodyKind): string {
  return quoteLiteral(`{"timestamp": "VARCHAR", "data": [${of.structure}]}`)
}

async function bronzeFile(): Promise<string> {
  const root = join(folder, 'lake', 'bench', 'bronze', 'bodies')
  const [name] = (await readdir(root, { recursive: true })).filter((each) => each.endsWith('.parquet'))
  if (name === undefined) throw bugErrors.unreachable(`Nothing was landed in ${root}.`)
  return join(root, name)
}

function writeTo(dataset: string, batch: string): BatchWrite {
  const identity = { project: 'bench', pipeline: 'json', task: 'bench', run: 'bench', attempt: 1 }
  return { ...identity, dataset: `bench:lake.${dataset}`, batch, generation: 1, logicalTime: instant, inputs: [] }
}

function refTo(of: BodyKind): DatasetRef<'lake'> {
  return { store: 'lake', dataset: `bench:${landed.id}`, batch: of.name, generation: 1, version: '1', rows: 0 }
}

async function* pages(file: string): Pages {
  await mkdir(join(folder, 'lake'), { recursive: true })
  for await (const body of createInterface({ input: createReadStream(file, { highWaterMark: 1 << 20 }) })) {
    yield { source: 'bench:records', request: 'GET https://bench.invalid/records', receivedAt: instant, body }
  }
}
