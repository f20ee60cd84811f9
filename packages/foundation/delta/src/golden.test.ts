import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DeltaError } from './errors.ts'
import { toDuckType } from './schema/schema.ts'
import { fileLiteral, queryRows } from './sql.ts'
import { openTable } from './table.ts'

/** Tables that Spark wrote, each with the rows that Spark reads from it. */
const folder = resolve(import.meta.dirname, '../../../../../shared/data/delta-golden')
const present = existsSync(folder)
const required = (process.env.SLUICE_REQUIRE ?? '').split(',').includes('golden')

const readable = [
  '124-decimal-decode-bug',
  'basic-decimal-table-legacy',
  'basic-with-inserts-deletes-checkpoint',
  'basic-with-inserts-overwrite-restore',
  'basic-with-vacuum-protocol-check-feature',
  'corrupted-last-checkpoint-kernel',
  'data-reader-array-complex-objects',
  'data-reader-date-types-America',
  'data-reader-date-types-Etc',
  'data-reader-date-types-Jst',
  'data-reader-date-types-utc',
  'data-reader-map',
  'data-reader-nullable-field-invalid-schema-key',
  'data-reader-primitives',
  'data-reader-timestamp_ntz-name-mode',
  'data-skipping-basic-stats-all-types-checkpoint',
  'data-skipping-basic-stats-all-types-columnmapping-name',
  'data-skipping-change-stats-collected-across-versions',
  'decimal-various-scale-precision',
  'dv-with-columnmapping',
  'kernel-timestamp-int96',
  'kernel-timestamp-timestamp_micros',
  'log-replay-dv-key-cases',
  'parquet-all-types-legacy-format',
  'snapshot-data0',
  'snapshot-data2-deleted',
  'snapshot-data3',
  'snapshot-vacuumed',
  'table-with-columnmapping-mode-name',
  'time-travel-partition-changes-b',
  'time-travel-schema-changes-b',
  'time-travel-start-start20',
  'v2-checkpoint-parquet',
]

/** Tables that are broken on purpose: no reader may open them. */
const invalid: Readonly<Record<string, string>> = {
  'deltalog-invalid-protocol-version': 'protocol.unsupported',
  'deltalog-state-reconstruction-from-checkpoint-missing-protocol': 'log.corrupt',
  'deltalog-state-reconstruction-without-protocol': 'log.corrupt',
  'no-delta-log-folder': 'table.missing',
}

/** Logs without data files: the number of files after their replay. */
const logOnly: Readonly<Record<string, number>> = {
  'canonicalized-paths-normal-b': 0,
  'canonicalized-paths-special-b': 0,
  'deltalog-commit-info': 1,
  'update-deleted-directory': 10,
}
/** The log of these tables names one data file that the archive lacks. Their expected rows are empty, because the file is removed again. */
const emptied = ['log-replay-special-characters', 'log-replay-special-characters-a']

if (!present) {
  test('the golden tables are there', (context) => {
    if (required) throw new Error(`SLUICE_REQUIRE names golden, but there is no ${folder}`)
    const reason = `no golden tables: ${folder} does not exist`
    process.stderr.write(`${readable.length + emptied.length + Object.keys({ ...invalid, ...logOnly }).length} skipped: ${reason}\n`)
    context.skip(reason)
  })
}

describe.runIf(present)('golden tables', () => {
  let root: string
  let instance: DuckDBInstance
  let connection: DuckDBConnection
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'delta-golden-'))
    for (const archive of readdirSync(folder).filter((name) => name.endsWith('.tar.zst'))) {
      execFileSync('tar', ['-xf', '-', '-C', root], { input: zstdDecompressSync(readFileSync(join(folder, archive))) })
    }
    instance = await DuckDBInstance.create(':memory:', { autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' })
    connection = await instance.connect()
  })
  afterAll(() => {
    connection.closeSync()
    instance.closeSync()
    rmSync(root, { recursive: true })
  })
  const open = (name: string) => openTable(join(root, name, 'delta'), { connection })

  test('every table is on exactly one list', () => {
    const listed = [...readable, ...Object.keys(invalid), ...Object.keys(logOnly), ...emptied]
    expect(listed.sort()).toEqual(readdirSync(root).sort())
  })

  test.for([...readable, ...emptied])('%s has exactly the rows that Spark reads', async (name) => {
    const snapshot = await (await open(name)).snapshot()
    const ours = await snapshot.scanSql()
    // Nested values are compared as JSON text, because Spark's files order their inner columns differently.
    const columns = snapshot.schema.fields.map((field) => {
      const cast = `CAST("${field.name}" AS ${toDuckType(field.type)})`
      return `${typeof field.type === 'string' ? cast : `to_json(${cast})::VARCHAR`} AS "${field.name}"`
    })
    const parts = readdirSync(join(root, name, 'expected')).filter((file) => file.endsWith('.parquet') && !file.startsWith('.'))
    const files = parts.map((file) => fileLiteral(join(root, name, 'expected', file))).join(', ')
    const theirs = `SELECT ${columns.join(', ')} FROM read_parquet([${files}], union_by_name=true)`
    const mine = `SELECT ${columns.join(', ')} FROM (${ours})`
    const [counts] = await queryRows(
      connection,
      `SELECT (SELECT count(*) FROM (${theirs}))::INT AS rows, (SELECT count(*) FROM ((${mine}) EXCEPT ALL (${theirs})))::INT AS extra,
              (SELECT count(*) FROM ((${theirs}) EXCEPT ALL (${mine})))::INT AS missing`,
    )
    expect(counts).toMatchObject({ extra: 0, missing: 0 })
    if (readable.includes(name)) expect(Number(counts?.rows)).toBeGreaterThan(0)
  })

  test.for(Object.entries(invalid))('%s is refused with %s', async ([name, code]) => {
    const error = await open(name)
      .then((table) => table.snapshot())
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(DeltaError)
    expect(error).toMatchObject({ code })
  })

  test.for(Object.entries(logOnly))('%s replays to %i files', async ([name, files]) => {
    expect((await (await open(name)).snapshot()).files).toHaveLength(files)
  })
})
