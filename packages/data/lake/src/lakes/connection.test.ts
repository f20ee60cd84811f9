import { dataset, integer } from '@sluice/author'
import { long } from '@sluice/core/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bucketsOfMemory, page, temporaryLake, writeTo } from '../testing/index.ts'
import { lakeConnection } from './connection.ts'

let at: Awaited<ReturnType<typeof temporaryLake>>
beforeEach(async () => {
  at = await temporaryLake()
})
afterEach(() => at.close())

const counts = dataset('silver.counts', { on: 'lake', columns: { n: integer() } })
async function fill(lake = at.lake): Promise<void> {
  await lake.land(
    writeTo('bronze.seen'),
    (async function* () {
      yield page('[1]')
    })(),
  )
  using batch = await lake.batch(writeTo('silver.counts'))
  if (batch.receipt !== undefined) return
  const select = 'SELECT unnest([1, 2, 3])::INTEGER AS n'
  const judge = async () => ({
    good: select,
    broken: 'SELECT NULL, NULL, NULL, NULL WHERE false',
    messages: {},
    counts: { rowsIn: 3, rowsQuarantined: 0 },
  })
  await batch.finish({ columns: counts.columns, mode: 'replace_batch', judge })
}

test('of a local lake a DuckDB without the platform reads what it is told, with every row of bronze and silver', async () => {
  await fill()
  const { place, root, variables, tables, snippets } = await lakeConnection(at.lake)
  expect({ place, variables }).toEqual({ place: 'folder', variables: [] })
  expect(tables).toEqual([
    { dataset: 'bronze.seen', format: 'parquet', location: `${root}/bronze/seen/date=*/*.parquet` },
    { dataset: 'silver.counts', format: 'delta', location: `${root}/silver/counts` },
  ])
  const text = snippets.find(({ tool }) => tool === 'duckdb')?.text ?? ''
  const { openDuckDB } = await import('@sluice/duckdb')
  const other = await openDuckDB({ threads: 1 })
  try {
    const connection = await other.connect()
    // DuckDB's extension for Delta comes from its own server. Where that is not asked, its place is taken by the files of the table.
    const hasDelta =
      long &&
      (await connection.run('INSTALL delta').then(
        () => true,
        () => false,
      ))
    const runs = hasDelta
      ? text
      : text.replace('INSTALL delta; LOAD delta;', '').replace(/delta_scan\('(.*?)'\)/, "read_parquet('$1/*.parquet')")
    for (const statement of runs.split('\n').filter((line) => line !== '')) await connection.run(statement)
    expect(await connection.rows('select n from silver.counts order by n')).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
    expect(await connection.value('select payload from bronze.seen')).toBe('[1]')
  } finally {
    other.close()
  }
  expect(snippets.map(({ tool }) => tool)).toEqual(['duckdb', 'deltalake', 'pandas', 'polars', 'spark'])
  for (const { tool, text } of snippets) if (tool !== 'duckdb') expect(text).toContain(JSON.stringify(`${root}/silver/counts`))
})

test('of a lake in a bucket it tells URLs, and the names of variables that hold credentials, and no value of them', async () => {
  await using _ = keptEnvironment({ AWS_SECRET_ACCESS_KEY: 'never-to-be-told' })
  const bucket = await temporaryLake({ makeStorage: bucketsOfMemory })
  try {
    await fill(bucket.lake)
    const found = await lakeConnection({ ...bucket.lake, storage: { ...bucket.lake.storage, locate: (path) => `s3://prices/${path}` } })
    expect(found).toMatchObject({ place: 's3', root: 's3://prices/demo', variables: expect.arrayContaining(['AWS_SECRET_ACCESS_KEY']) })
    expect(found.snippets.find(({ tool }) => tool === 'duckdb')?.text).toContain("delta_scan('s3://prices/demo/silver/counts')")
    expect(found.snippets.find(({ tool }) => tool === 'spark')?.text).toContain('"s3a://prices/demo/silver/counts"')
    expect(JSON.stringify(found)).not.toContain('never-to-be-told')
  } finally {
    bucket.close()
  }
})

function keptEnvironment(values: Readonly<Record<string, string>>): AsyncDisposable {
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, values)
  return {
    [Symbol.asyncDispose]: async () => {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
      }
    },
  }
}
