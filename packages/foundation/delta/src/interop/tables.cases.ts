import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { expect, test } from 'vitest'
import { schemaOf } from '../schema/schema.ts'
import { queryRows } from '../sql.ts'
import { createTable, openTable } from '../table.ts'
import { ourEngine, selectOf } from './testing/ours.ts'
import { sampleColumns, sampleRows } from './testing/sample.ts'
import { sparkTable, type WithSpark } from './testing/spark.ts'
import { sorted } from './testing/values.ts'

/** Tables that go from one engine to the other. */
export function tableCases({ connection, folder, spark }: WithSpark): void {
  const schema = schemaOf(sampleColumns)
  const random = seeded(seedOfRun())
  const ours = ourEngine(connection)
  const ids = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i)

  test.for(['', 'part', 'part, pday'])('reads every version of our table partitioned by (%s)', async (by) => {
    const root = join(folder, `ours ${by}`)
    const table = await createTable(root, {
      connection,
      columns: sampleColumns,
      partitionBy: by.split(', ').filter((name) => name !== ''),
      properties: { 'delta.checkpointInterval': '3' },
    })
    for (let i = 0; i < 5; i++) await table.append({ select: selectOf(schema, sampleRows(random, ids(i * 10, 10))) })
    await table.replaceBatch({ column: 'name', value: 'plain', select: selectOf(schema, sampleRows(random, ids(100, 5))) })
    for (const version of [undefined, 6, 5, 2]) {
      const expected = await ours.rows(root, schema, version)
      expect(expected.length).toBeGreaterThan(10)
      expect(sorted(await spark().rows(root, schema, version)), `version ${version}`).toEqual(sorted(expected))
    }
    const snapshot = await table.snapshot()
    for (const where of [
      'price < -1',
      "part = 'c d%2F'",
      "seen = TIMESTAMP '1969-12-31T23:59:59.999999Z'",
      "day = DATE '2024-02-29'",
      'part IS NULL',
      "name = ''",
      'place.x > 9007199254740992',
      'ratio > 1e300',
    ]) {
      const mine = await queryRows(
        connection,
        `SELECT id FROM (${await snapshot.scanSql()}) WHERE ${where.replace('TIMESTAMP', 'TIMESTAMPTZ')} ORDER BY id`,
      )
      expect(await spark().sql(`SELECT id FROM ${sparkTable(root)} WHERE ${where} ORDER BY id`), where).toEqual(mine)
    }
  })

  test('writes a partitioned table of every type, checkpoints it, and we read each version', async () => {
    const root = join(folder, 'theirs')
    const rows = sampleRows(random, ids(0, 20))
    await spark().sql(`CREATE TABLE ${sparkTable(root)} USING delta PARTITIONED BY (part, pday) AS SELECT * FROM source`, {
      schema,
      rows: rows.slice(0, 10),
    })
    await spark().append(root, schema, rows.slice(10))
    await spark().checkpoint(root)
    await spark().delete(root, 'id % 2 = 0')
    const found = async (version?: number) => sorted(await ours.rows(root, schema, version))
    expect(await found(0)).toEqual(sorted(rows.slice(0, 10)))
    expect(await found(1)).toEqual(sorted(rows))
    expect(await found()).toEqual(sorted(rows.filter((row) => Number(row.id) % 2 === 1)))
    rmSync(join(root, '_delta_log', '00000000000000000000.json'))
    expect(await found()).toEqual(sorted(rows.filter((row) => Number(row.id) % 2 === 1)))
  })

  test('continues after a checkpoint of ours replaced one of its own', async () => {
    const root = join(folder, 'checksums')
    await spark().sql(`CREATE TABLE ${sparkTable(root)} (id BIGINT) USING delta`)
    await spark().sql(`INSERT INTO ${sparkTable(root)} VALUES (1), (2)`)
    await spark().checkpoint(root)
    const log = join(root, '_delta_log')
    expect(existsSync(join(log, '._last_checkpoint.crc'))).toBe(true)
    const table = await openTable(root, { connection })
    await table.append({ select: 'SELECT 3 AS id' })
    expect(await table.checkpoint()).toBe(2)
    expect(existsSync(join(log, '._last_checkpoint.crc'))).toBe(false)
    const rows = async () => (await spark().sql(`SELECT id FROM ${sparkTable(root)} ORDER BY id`)).map((row) => row.id)
    expect(await rows()).toEqual(['1', '2', '3'])
    await spark().sql(`INSERT INTO ${sparkTable(root)} VALUES (4)`)
    await spark().checkpoint(root)
    expect(await rows()).toEqual(['1', '2', '3', '4'])
    expect(readdirSync(log).filter((name) => name.endsWith('.checkpoint.parquet'))).toHaveLength(3)
    expect(await queryRows(connection, `SELECT id FROM (${await (await table.snapshot()).scanSql()}) ORDER BY id`)).toHaveLength(4)
  })

  test('accepts our commits in a log that it has open', async () => {
    const root = join(folder, 'open')
    const table = await createTable(root, { connection, columns: sampleColumns, partitionBy: ['part'] })
    for (let i = 0; i < 3; i++) {
      await ours.append(root, schema, sampleRows(random, ids(i * 10, 3)))
      await spark().append(root, schema, sampleRows(random, ids(i * 10 + 5, 3)))
      expect(sorted(await spark().rows(root, schema))).toEqual(sorted(await ours.rows(root, schema)))
    }
    expect((await table.snapshot()).version).toBe(6)
  })
}
