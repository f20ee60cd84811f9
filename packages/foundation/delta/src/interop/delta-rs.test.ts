import { createReadStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { arrowRows, arrowStream } from '../arrow/index.ts'
import { schemaOf } from '../schema/schema.ts'
import { queryRows } from '../sql.ts'
import { createTable, type DeltaTable } from '../table.ts'
import { validateLog } from '../testing/validate-log.ts'
import { workplace } from '../testing/workplace.ts'
import { type DeltaRs, deltaRs, startDeltaRs } from './testing/delta-rs.ts'
import { isThere } from './testing/installation.ts'
import { ourEngine, selectOf } from './testing/ours.ts'
import { sampleColumns, sampleRows } from './testing/sample.ts'
import { sorted } from './testing/values.ts'

const { connection, folder } = await workplace()
const seed = seedOfRun()

describe.runIf(await isThere(deltaRs, 6))(`delta-rs (SLUICE_SEED=${seed})`, () => {
  const schema = schemaOf([...sampleColumns, { name: '_batch', type: 'string' }])
  const random = seeded(seed)
  const ours = ourEngine(connection)
  const root = join(folder, 'ours')
  let theirs: DeltaRs
  let table: DeltaTable
  const batch = (from: number) =>
    selectOf(
      schemaOf(sampleColumns),
      sampleRows(
        random,
        Array.from({ length: 10 }, (_, i) => from + i),
      ),
    )

  beforeAll(async () => {
    theirs = await startDeltaRs()
    table = await createTable(root, { connection, columns: schema.fields, partitionBy: ['part', 'pday'] })
    await table.append({ select: batch(0) })
    for (let i = 1; i <= 12; i++)
      await table.replaceBatch({ column: '_batch', value: `b${i % 5}`, select: batch(i * 100), txn: { appId: `b${i % 5}`, version: i } })
    await table.append({ select: 'SELECT 9007199254740993 AS id' })
  })
  afterAll(() => theirs.close())

  test('reads our partitioned, checkpointed table with batches replaced', async () => {
    const rows = await theirs.rows(root, schema)
    expect(rows).toHaveLength(10 + 5 * 10 + 1)
    expect(sorted(rows)).toEqual(sorted(await ours.rows(root, schema)))
    expect(await theirs.version(root)).toBe((await table.snapshot()).version)
    expect(validateLog(root)).toEqual([])
  })

  test('reads an earlier version of it', async () => {
    expect(sorted(await theirs.rows(root, schema, 4))).toEqual(sorted(await ours.rows(root, schema, 4)))
  })

  test('skips files by our statistics and loses no row', async () => {
    const expected = async (where: string) =>
      await queryRows(connection, `SELECT id FROM (${await (await table.snapshot()).scanSql()}) WHERE ${where} ORDER BY id`)
    let found = 0
    for (const where of [
      "_batch = 'b3'",
      'price > 100.000000000000000000',
      'price < -1',
      "part = 'c d%2F'",
      "seen = TIMESTAMP '1969-12-31T23:59:59.999999Z'",
      "seen < TIMESTAMP '1960-06-01T00:00:00.000501Z'",
      "day = DATE '2024-02-29'",
      'part IS NULL',
      'id = 9007199254740993',
      "name = ''",
    ]) {
      const ids = (await expected(where.replace("TIMESTAMP '", "TIMESTAMPTZ '"))).map((row) => row.id)
      found += ids.length
      expect(
        (await theirs.query(root, `SELECT id FROM t WHERE ${where} ORDER BY id`)).map((row) => row.id),
        where,
      ).toEqual(ids)
    }
    expect(found).toBeGreaterThan(20)
  })

  test('appends to our table, and we continue from there', async () => {
    const own = join(root, '..', 'shared')
    const shared = await createTable(own, { connection, columns: schema.fields, partitionBy: ['part'] })
    const rowsOf = (_batch: string, ids: readonly number[]) => sampleRows(random, ids).map((row) => ({ ...row, _batch }))
    const [first, second, third] = [rowsOf('b0', [1, 2]), rowsOf('b1', [3, 4]), rowsOf('b1', [5])] as const
    await ours.append(own, schema, first)
    await theirs.append(own, schema, second)
    expect(sorted(await ours.rows(own, schema))).toEqual(sorted([...first, ...second]))
    const result = await shared.replaceBatch({ column: '_batch', value: 'b1', select: selectOf(schema, third) })
    expect(result).toMatchObject({ version: 3, removedRows: 2 })
    const expected = sorted([...first, ...third])
    expect(sorted(await ours.rows(own, schema))).toEqual(expected)
    expect(sorted(await theirs.rows(own, schema))).toEqual(expected)
  })

  test('creates a partitioned, checkpointed table that we read', async () => {
    const own = join(root, '..', 'theirs')
    const rows = sampleRows(random, [1, 2, 3, 4, 5, 6, 7, 8, 9])
    await theirs.create(own, schemaOf(sampleColumns), rows, ['part', 'pday'])
    await theirs.checkpoint(own)
    expect(sorted(await ours.rows(own, schemaOf(sampleColumns)))).toEqual(sorted(rows))
  })

  test('pyarrow reads our Arrow streams, and we append those of pyarrow, whatever form its texts have', async () => {
    const plain = schemaOf(sampleColumns)
    const snapshot = await table.snapshot()
    const path = join(folder, 'ours.arrows')
    await writeFile(path, arrowStream(snapshot, { batchRows: 7, columns: plain.fields.map(({ name }) => name) }))
    expect(sorted(await theirs.readArrow(path, plain))).toEqual(sorted(await ours.rows(root, plain)))
    for (const texts of ['plain', 'dictionary', 'large', 'view'] as const) {
      const own = await createTable(join(folder, `arrow ${texts}`), { connection, columns: plain.fields })
      const rows = sampleRows(random, [1, 2, 3, 4, 5, 6, 7, 8])
      const file = join(folder, `${texts}.arrows`)
      await theirs.writeArrow(file, plain, rows, texts)
      await own.append({ rows: arrowRows(createReadStream(file)) })
      expect(sorted(await ours.rows(own.root, plain)), texts).toEqual(sorted(rows))
    }
  })
})
