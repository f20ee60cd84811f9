import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { validateLog } from './log/validate-log.ts'
import { queryRows } from './sql.ts'
import { createTable, type DeltaTable, openTable } from './table.ts'

/** The Rust implementation of Delta, from PyPI, in a folder of its own that later runs use again. */
const pinned = 'deltalake==1.6.6'
const environment = resolve(import.meta.dirname, '../../../../node_modules/.cache/sluice/delta-rs-venv')
const required = (process.env.SLUICE_REQUIRE ?? '').split(',').includes('delta-rs')
const python = join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')

function prepare(): string | undefined {
  try {
    const version = () =>
      execFileSync(python, ['-c', 'import deltalake; print(deltalake.__version__)'], { encoding: 'utf8', stdio: 'pipe' }).trim()
    if (existsSync(python) && `deltalake==${version()}` === pinned) return undefined
    rmSync(environment, { recursive: true, force: true })
    mkdirSync(environment, { recursive: true })
    execFileSync('python3', ['-m', 'venv', environment], { stdio: 'pipe' })
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', pinned], { stdio: 'pipe', timeout: 180_000 })
    version()
    return undefined
  } catch (cause) {
    rmSync(environment, { recursive: true, force: true })
    return cause instanceof Error ? (cause.message.split('\n')[0] ?? 'unknown') : String(cause)
  }
}

const absent = prepare()
if (absent !== undefined) {
  test('delta-rs is there', (context) => {
    if (required) throw new Error(`SLUICE_REQUIRE names delta-rs, but it cannot be installed: ${absent}`)
    process.stderr.write(`5 skipped: no delta-rs: ${absent}\n`)
    context.skip(`no delta-rs: ${absent}`)
  })
}

describe.runIf(absent === undefined)('delta-rs', () => {
  let instance: DuckDBInstance
  let connection: DuckDBConnection
  let root: string
  let table: DeltaTable
  const run = (...rest: string[]) =>
    execFileSync(python, [join(import.meta.dirname, 'fixtures/delta-rs.py'), ...rest], {
      encoding: 'utf8',
      stdio: 'pipe',
      cwd: environment,
    })
  const columns = (instant: string, text: string) =>
    `SELECT id, name, CAST(price AS ${text}) AS price, ${instant} AS seen, CAST(day AS ${text}) AS day, ok, tags[1] AS tag, place['x'] AS x, _batch FROM t ORDER BY id`
  function theirRows(at = root, version = 'newest'): { version: number; rows: unknown[] } {
    return JSON.parse(run('read', at, version, columns('CAST(seen AS BIGINT)', 'VARCHAR'))) as { version: number; rows: unknown[] }
  }
  async function ourRows(of: DeltaTable = table, version?: number): Promise<unknown[]> {
    const scan = await (await of.snapshot(version === undefined ? {} : { version })).scanSql()
    const rows = await queryRows(connection, `WITH t AS (${scan}) ${columns('epoch_us(seen)', 'VARCHAR')}`)
    return rows.map((row) => [
      Number(row.id),
      row.name,
      row.price,
      row.seen === null ? null : Number(row.seen),
      row.day,
      row.ok,
      row.tag,
      row.x === null ? null : Number(row.x),
      row._batch,
    ])
  }

  beforeAll(async () => {
    instance = await DuckDBInstance.create(':memory:')
    connection = await instance.connect()
    root = join(mkdtempSync(join(tmpdir(), 'delta rs-')), 'ours')
    table = await createTable(root, {
      connection,
      columns: [
        { name: 'id', type: 'long', nullable: false },
        { name: 'name', type: 'string' },
        { name: 'price', type: 'decimal(38,18)' },
        { name: 'seen', type: 'timestamp' },
        { name: 'day', type: 'date' },
        { name: 'ok', type: 'boolean' },
        { name: 'tags', type: { type: 'array', elementType: 'string', containsNull: true } },
        { name: 'place', type: { type: 'struct', fields: [{ name: 'x', type: 'long', nullable: true, metadata: {} }] } },
        { name: '_batch', type: 'string' },
      ],
      partitionBy: ['name', 'day'],
    })
    const batch = (
      from: number,
    ) => `SELECT range AS id, ['a/b', 'c d%2F', 'ü', NULL][1 + range % 4] AS name, (range / 7)::DECIMAL(38,18) AS price,
      TIMESTAMPTZ '2024-01-01 00:00:00.123456+00' + INTERVAL (range) HOUR AS seen, DATE '2024-02-28' + (range % 3)::INT AS day,
      CASE WHEN range % 5 > 0 THEN range % 2 = 0 END AS ok, ['t' || range] AS tags, {'x': range} AS place FROM range(${from}, ${from + 20})`
    await table.append({ select: batch(0) })
    for (let i = 1; i <= 12; i++)
      await table.replaceBatch({ column: '_batch', value: `b${i % 5}`, select: batch(i * 100), txn: { appId: `b${i % 5}`, version: i } })
    await table.append({ select: 'SELECT 9007199254740993 AS id' })
  }, 60_000)
  afterAll(() => {
    expect(validateLog(root)).toEqual([])
    connection.closeSync()
    instance.closeSync()
    rmSync(join(root, '..'), { recursive: true })
  })

  test('reads our partitioned, checkpointed table with batches replaced', async () => {
    const theirs = theirRows()
    expect(theirs.rows).toHaveLength(20 + 5 * 20 + 1)
    expect(theirs.rows).toEqual(await ourRows())
    expect(theirs.version).toBe((await table.snapshot()).version)
  }, 60_000)

  test('reads an earlier version of it', async () => {
    expect(theirRows(root, '4').rows).toEqual(await ourRows(table, 4))
  }, 60_000)

  test('skips files by our statistics and loses no row', async () => {
    const rows = (where: string) =>
      (JSON.parse(run('read', root, 'newest', `SELECT id FROM t WHERE ${where} ORDER BY id`)) as { rows: [number][] }).rows.flat()
    const ours = async (where: string) =>
      (await queryRows(connection, `SELECT id FROM (${await (await table.snapshot()).scanSql()}) WHERE ${where} ORDER BY id`)).map((row) =>
        Number(row.id),
      )
    for (const where of [
      "_batch = 'b3'",
      'price > 100.000000000000000000',
      "name = 'c d%2F'",
      "seen = TIMESTAMP '2024-01-01T05:00:00.123456Z'",
      "day = DATE '2024-02-29'",
      'name IS NULL',
    ]) {
      const expected = await ours(where.replace("TIMESTAMP '", "TIMESTAMPTZ '"))
      expect(expected.length).toBeGreaterThan(0)
      expect(rows(where), where).toEqual(expected)
    }
  }, 120_000)

  test('appends to our table, and we go on from there', async () => {
    const own = join(root, '..', 'shared')
    const shared = await createTable(own, {
      connection,
      columns: [
        { name: 'id', type: 'long' },
        { name: '_batch', type: 'string' },
      ],
    })
    await shared.append({ select: "SELECT 1 AS id, 'a' AS _batch" })
    run('append', own, "SELECT id + 1 AS id, 'b' AS _batch FROM t")
    const sum = async () => await queryRows(connection, `SELECT id, _batch FROM (${await (await shared.snapshot()).scanSql()}) ORDER BY id`)
    expect(await sum()).toEqual([
      { id: '1', _batch: 'a' },
      { id: '2', _batch: 'b' },
    ])
    expect(await shared.replaceBatch({ column: '_batch', value: 'b', select: 'SELECT 7 AS id' })).toMatchObject({
      version: 3,
      removedFiles: 1,
      removedRows: 1,
    })
    expect(await sum()).toEqual([
      { id: '1', _batch: 'a' },
      { id: '7', _batch: 'b' },
    ])
  }, 60_000)

  test('creates a partitioned, checkpointed table that we read', async () => {
    const own = join(root, '..', 'theirs')
    run('create', own, root, 'name')
    expect(await ourRows(await openTable(own, { connection }))).toEqual(await ourRows())
  }, 60_000)
})
