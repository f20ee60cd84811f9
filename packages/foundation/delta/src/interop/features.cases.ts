import { join } from 'node:path'
import { expect, test } from 'vitest'
import { queryRows } from '../sql.ts'
import { createTable, openTable } from '../table.ts'
import { validateLog } from '../testing/validate-log.ts'
import { sparkTable, type WithSpark } from './testing/spark.ts'

/** Single features between Spark and us that a turn of random changes would rarely reach. */
export function featureCases({ connection, folder, spark }: WithSpark): void {
  const open = (root: string) => openTable(root, { connection })
  const columns = (root: string, list: string, version?: number) =>
    spark().sql(`SELECT ${list} FROM ${sparkTable(root)}${version === undefined ? '' : ` VERSION AS OF ${version}`} ORDER BY id`)
  const ourRows = async (root: string, list: string, version?: number) => {
    const snapshot = await (await open(root)).snapshot(version === undefined ? {} : { version })
    return await queryRows(connection, `SELECT ${list} FROM (${await snapshot.scanSql()}) ORDER BY id`)
  }

  test('columns that Spark widens, adds, renames and drops are read and written by us', async () => {
    const root = join(folder, 'widened')
    const table = sparkTable(root)
    await spark().sql(
      `CREATE TABLE ${table} (id BIGINT, n INT, price DECIMAL(10,2), gone STRING, old STRING) USING delta
       TBLPROPERTIES ('delta.enableTypeWidening' = 'true', 'delta.columnMapping.mode' = 'name')`,
    )
    await spark().sql(`INSERT INTO ${table} VALUES (1, 1, 1.25, 'x', 'o1'), (2, -2147483648, -0.01, 'y', NULL)`)
    await spark().sql(`ALTER TABLE ${table} ALTER COLUMN n TYPE BIGINT`)
    await spark().sql(`ALTER TABLE ${table} ALTER COLUMN price TYPE DECIMAL(20,4)`)
    await spark().sql(`ALTER TABLE ${table} DROP COLUMN gone`)
    await spark().sql(`ALTER TABLE ${table} RENAME COLUMN old TO \`new name\``)
    await spark().sql(`INSERT INTO ${table} VALUES (3, 9007199254740993, 1234567890.1234, 'o3')`)
    await (await open(root)).append({ select: `SELECT 4 AS id, -9007199254740993 AS n, 0.0001 AS price, '😀' AS "new name"` })
    await (await open(root)).update({ set: { price: 'price + 1' }, where: 'id = 1' })
    const expected = [
      { id: '1', n: '1', price: '2.2500', 'new name': 'o1' },
      { id: '2', n: '-2147483648', price: '-0.0100', 'new name': null },
      { id: '3', n: '9007199254740993', price: '1234567890.1234', 'new name': 'o3' },
      { id: '4', n: '-9007199254740993', price: '0.0001', 'new name': '😀' },
    ]
    expect(await ourRows(root, '*')).toEqual(expected)
    expect(await columns(root, '*')).toEqual(expected)
    expect((await ourRows(root, '*', 1)).map((row) => row.gone)).toEqual(['x', 'y'])
  })

  test('columns that we rename, drop and add are read and written by Spark', async () => {
    const root = join(folder, 'mapped')
    const table = await createTable(root, {
      connection,
      columns: [
        { name: 'id', type: 'long' },
        { name: 'a', type: 'string' },
        { name: 'b', type: 'integer' },
        { name: 's', type: { type: 'struct', fields: [{ name: 'x', type: 'long', nullable: true, metadata: {} }] } },
      ],
    })
    await table.append({ select: "SELECT 1 AS id, 'one' AS a, 7 AS b, {'x': 5} AS s" })
    await table.setProperties({ 'delta.columnMapping.mode': 'name' })
    await table.renameColumn('a', 'the a, b')
    await table.dropColumn('b')
    await table.addColumns([{ name: 'b', type: 'string' }])
    await table.addColumns([{ name: 'y', type: 'string' }], { under: 's' })
    await table.append({ select: `SELECT 2 AS id, 'two' AS "the a, b", 'bee' AS b, {'x': 6, 'y': 'why'} AS s` })
    await spark().sql(`INSERT INTO ${sparkTable(root)} VALUES (3, 'three', named_struct('x', 7, 'y', NULL), 'c')`)
    const list = (struct: string) => `id, ${struct}the a, b${struct} AS a, b, s.x AS x, s.y AS y`
    const expected = [
      { id: '1', a: 'one', b: null, x: '5', y: null },
      { id: '2', a: 'two', b: 'bee', x: '6', y: 'why' },
      { id: '3', a: 'three', b: 'c', x: '7', y: null },
    ]
    expect(await ourRows(root, list('"'))).toEqual(expected)
    expect(await columns(root, list('`'))).toEqual(expected)
    await spark().sql(`ALTER TABLE ${sparkTable(root)} RENAME COLUMN s.x TO z`)
    expect((await ourRows(root, 'id, s.z AS z')).map((row) => row.z)).toEqual(['5', '6', '7'])
    expect(validateLog(root).filter((fault) => !fault.startsWith('unexpected'))).toEqual([])
  })

  test('a constraint and a required column bind both engines, whichever set them', async () => {
    const root = join(folder, 'constraint')
    const table = await createTable(root, {
      connection,
      columns: [
        { name: 'id', type: 'long', nullable: false },
        { name: 'price', type: 'decimal(10,2)' },
      ],
    })
    await table.addConstraint('cheap', 'price < 100.00')
    await spark().sql(`ALTER TABLE ${sparkTable(root)} ADD CONSTRAINT sane CHECK (price >= 0.00 OR id = 7)`)
    for (const [rows, rule] of [
      ['SELECT 1 AS id, CAST(100 AS DECIMAL(10,2)) AS price', /cheap/i],
      ['SELECT 1 AS id, CAST(-1 AS DECIMAL(10,2)) AS price', /sane/i],
      ['SELECT CAST(NULL AS BIGINT) AS id, CAST(1 AS DECIMAL(10,2)) AS price', /NULL/],
    ] as const) {
      await expect(table.append({ select: rows })).rejects.toThrow(rule)
      await expect(spark().sql(`INSERT INTO ${sparkTable(root)} ${rows}`)).rejects.toThrow(rule)
    }
    await table.append({ select: 'SELECT 7 AS id, CAST(-1 AS DECIMAL(10,2)) AS price' })
    await spark().sql(`INSERT INTO ${sparkTable(root)} VALUES (8, 99.99)`)
    expect(await columns(root, '*')).toEqual(await ourRows(root, '*'))
  })

  test('both engines read the same change data feed, whichever wrote it', async () => {
    const root = join(folder, 'feed')
    const table = await createTable(root, {
      connection,
      columns: [
        { name: 'id', type: 'long' },
        { name: 'name', type: 'string' },
        { name: 'part', type: 'string' },
      ],
      partitionBy: ['part'],
      properties: { 'delta.enableChangeDataFeed': 'true' },
    })
    await table.append({ select: "SELECT range AS id, 'n' || range AS name, ['a b', NULL, 'ü'][1 + range % 3] AS part FROM range(9)" })
    await table.delete({ where: 'id = 1' })
    await spark().sql(`UPDATE ${sparkTable(root)} SET name = 'Spark' WHERE id IN (2, 3)`)
    await table.update({ set: { name: "'ours'", part: "'new'" }, where: 'id IN (3, 4)' })
    const source = "SELECT 5 AS id, 'merged' AS name, 'ü' AS part UNION ALL SELECT 50, 'merged', 'new'"
    await table.merge({ source, on: 'target.id = source.id', updateAll: true, insertAll: true })
    await spark().sql(`DELETE FROM ${sparkTable(root)} WHERE part = 'ü'`)
    await spark().sql(`OPTIMIZE ${sparkTable(root)}`)
    await table.optimize()
    await table.overwrite({ select: "SELECT 1 AS id, 'last' AS name, 'a b' AS part" })
    const list = 'id, name, part, _change_type, _commit_version'
    const order = 'ORDER BY _commit_version, id, _change_type'
    const newest = (await table.snapshot()).version
    for (const from of [0, 2, 5]) {
      const mine = await queryRows(connection, `SELECT ${list} FROM (${await table.changes({ from, to: newest })}) ${order}`)
      expect(mine.length).toBeGreaterThan(5)
      const escaped = root.replaceAll("'", "\\'")
      expect(await spark().sql(`SELECT ${list} FROM table_changes_by_path('${escaped}', ${from}, ${newest}) ${order}`)).toEqual(mine)
    }
  })

  test('both engines time-travel alike by in-commit timestamps and read the restores of each other', async () => {
    const root = join(folder, 'times')
    const table = await createTable(root, { connection, columns: [{ name: 'id', type: 'long' }] })
    await table.append({ select: 'SELECT 1 AS id' })
    await table.setProperties({ 'delta.enableInCommitTimestamps': 'true' })
    await spark().sql(`INSERT INTO ${sparkTable(root)} VALUES (2)`)
    await table.append({ select: 'SELECT 3 AS id' })
    await spark().sql(`INSERT INTO ${sparkTable(root)} VALUES (4)`)
    const history = (await spark().sql(`DESCRIBE HISTORY ${sparkTable(root)}`)).map(({ version, timestamp }) => ({ version, timestamp }))
    const ours = (await table.history()).map(({ version, timestampMs }) => ({
      version: String(version),
      timestamp: new Date(timestampMs).toISOString().replace('Z', '000'),
    }))
    expect(history).toEqual(ours)
    for (const { version, timestamp } of ours.slice(0, 3)) {
      const wanted = await ourRows(root, 'id', Number(version))
      expect(await spark().sql(`SELECT id FROM ${sparkTable(root)} TIMESTAMP AS OF '${timestamp}Z' ORDER BY id`)).toEqual(wanted)
      const travelled = await table.snapshot({ timestamp: `${timestamp.slice(0, 23)}Z` })
      expect(travelled.version).toBe(Number(version))
    }
    await table.restore({ version: 3 })
    expect(await columns(root, 'id')).toEqual([{ id: '1' }, { id: '2' }])
    await spark().sql(`RESTORE TABLE ${sparkTable(root)} TO VERSION AS OF 5`)
    expect(await ourRows(root, 'id')).toEqual([{ id: '1' }, { id: '2' }, { id: '3' }, { id: '4' }])
  })

  test('features that only Spark can maintain are read, and refused for writing by their names', async () => {
    for (const [name, ddl, feature] of [
      ['generated', '(id BIGINT, twice BIGINT GENERATED ALWAYS AS (id * 2)) USING delta', 'generatedColumns'],
      ['identity', '(id BIGINT, n BIGINT GENERATED ALWAYS AS IDENTITY) USING delta', 'identityColumns'],
      ['tracked', "(id BIGINT) USING delta TBLPROPERTIES ('delta.enableRowTracking' = 'true')", 'rowTracking'],
      ['clustered', '(id BIGINT) USING delta CLUSTER BY (id)', 'clustering'],
    ] as const) {
      const root = join(folder, name)
      await spark().sql(`CREATE TABLE ${sparkTable(root)} ${ddl}`)
      await spark().sql(`INSERT INTO ${sparkTable(root)} (id) VALUES (5), (6)`)
      const table = await open(root)
      expect(await ourRows(root, 'id')).toEqual([{ id: '5' }, { id: '6' }])
      await expect(table.append({ select: 'SELECT 7 AS id' }), name).rejects.toMatchObject({ code: 'protocol.unsupported' })
      await expect(table.append({ select: 'SELECT 7 AS id' }), name).rejects.toThrow(new RegExp(`${feature}|domainMetadata`))
    }
  })

  test('variants are refused for reading by their name', async () => {
    const root = join(folder, 'variant')
    await spark().sql(`CREATE TABLE ${sparkTable(root)} (id BIGINT, v VARIANT) USING delta`)
    await expect(open(root).then((table) => table.snapshot())).rejects.toMatchObject({
      code: 'protocol.unsupported',
      facts: { feature: 'variantType' },
    })
  })
}
