import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { schemaOf } from '../schema/schema.ts'
import { createTable, openTable } from '../table.ts'
import { validateLog } from '../testing/validate-log.ts'
import { workplace } from '../testing/workplace.ts'
import { asInClickHouse, type Chdb, chdb, startChdb } from './testing/chdb.ts'
import { isThere } from './testing/installation.ts'
import { ourEngine, selectOf } from './testing/ours.ts'
import { sampleColumns, sampleRows } from './testing/sample.ts'
import { sorted } from './testing/values.ts'

const at = await workplace()
const [connection, folder] = [at.connection, realpathSync(at.folder)]
const seed = seedOfRun()

describe.runIf(await isThere(chdb, 4))('chdb', () => {
  const schema = schemaOf(sampleColumns)
  const ours = ourEngine(connection)
  const ids = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i)
  let theirs: Chdb
  beforeAll(async () => {
    theirs = await startChdb()
  })
  afterAll(() => theirs.close())

  test.for(['', 'part', 'part, pday'])(`reads every version of our table partitioned by (%s) (SLUICE_SEED=${seed})`, async (by) => {
    const partitionBy = by.split(', ').filter((name) => name !== '')
    const random = seeded(seed)
    const root = join(folder, `ours-${partitionBy.length}`)
    const table = await createTable(root, {
      connection,
      columns: sampleColumns,
      partitionBy,
      properties: { 'delta.checkpointInterval': '3' },
    })
    for (let i = 0; i < 5; i++) await table.append({ select: selectOf(schema, sampleRows(random, ids(i * 10, 10))) })
    await table.replaceBatch({ column: 'name', value: 'plain', select: selectOf(schema, sampleRows(random, ids(100, 5))) })
    for (const version of [undefined, 6, 5, 2]) {
      const expected = (await ours.rows(root, schema, version)).map((row) => asInClickHouse(row, schema))
      expect(expected.length).toBeGreaterThan(10)
      expect(sorted(await theirs.rows(root, schema, version)), `version ${version}`).toEqual(sorted(expected))
    }
    expect(validateLog(root)).toEqual([])
  })

  test('appends to our table with empty statistics, and we read the rows', async () => {
    // chdb writes the files of a table in `a b` to `a%20b`.
    const plainFolder = realpathSync(mkdtempSync(join(tmpdir(), 'delta-chdb-')))
    onTestFinished(() => rmSync(plainFolder, { recursive: true }))
    const root = join(plainFolder, 'appended')
    const table = await createTable(root, {
      connection,
      columns: [
        { name: 'id', type: 'long' },
        { name: 'name', type: 'string' },
        { name: 'seen', type: 'timestamp' },
        { name: 'price', type: 'decimal(38,18)' },
      ],
    })
    await table.append({ select: "SELECT 1 AS id, 'ours' AS name, TIMESTAMPTZ '2024-01-01 00:00:00.000001+00' AS seen, 1.5 AS price" })
    await theirs.sql(
      `INSERT INTO FUNCTION deltaLakeLocal('${root}') SELECT 9007199254740993 AS id, 'theirs' AS name, toDateTime64('1960-06-01 00:00:00.000500', 6, 'UTC') AS seen, toDecimal128('0.000000000000000001', 18) AS price SETTINGS allow_experimental_delta_lake_writes = 1`,
    )
    const rows = async () => sorted(await ours.rows(root, (await (await openTable(root, { connection })).snapshot()).schema))
    expect(await rows()).toEqual([
      { id: '1', name: 'ours', seen: '2024-01-01T00:00:00.000001', price: '1.500000000000000000' },
      { id: '9007199254740993', name: 'theirs', seen: '1960-06-01T00:00:00.000500', price: '0.000000000000000001' },
    ])
    const snapshot = await table.snapshot()
    expect(snapshot.numRecords).toBeUndefined()
    const found = await connection.runAndReadAll(await snapshot.scanSql({ where: [{ column: 'id', op: '>', value: '1' }] }))
    expect(found.currentRowCount).toBe(1)
    await table.replaceBatch({ column: 'name', value: 'theirs', select: 'SELECT 3 AS id' })
    expect((await rows()).map((row) => row.id)).toEqual(['1', '3'])
    expect(sorted(await theirs.rows(root, snapshot.schema))).toEqual(await rows())
  })
})
