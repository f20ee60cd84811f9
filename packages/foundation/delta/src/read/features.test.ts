import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { writeDeletionVectors } from '../files/deletion-vector.ts'
import { queryRows } from '../sql.ts'
import { localStore } from '../store/local.ts'
import { openTable } from '../table.ts'
import { fieldsOf, type HandMade, handMade, metaDataOf, protocolOf } from '../testing/hand-made.ts'
import type { Predicate } from './prune.ts'
import type { ScanOptions } from './snapshot.ts'

let folder: string
let instance: DuckDBInstance
let connection: DuckDBConnection
let table: HandMade
let tables = 0
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'delta-read-'))
  instance = await DuckDBInstance.create(':memory:')
  connection = await instance.connect()
  await queryRows(connection, "SET TimeZone = 'UTC'")
})
beforeEach(() => {
  table = handMade(connection, join(folder, `t${tables++}`))
})
afterAll(() => {
  connection.closeSync()
  instance.closeSync()
  rmSync(folder, { recursive: true })
})
const snapshot = async (at?: { version: number }) => await (await openTable(table.root, { connection })).snapshot(at)
const rows = async (options: ScanOptions = {}, rest = '') =>
  await queryRows(connection, `SELECT * FROM (${await (await snapshot()).scanSql(options)})${rest}`)
const mapped = (id: number, physicalName: string) => ({
  'delta.columnMapping.id': id,
  'delta.columnMapping.physicalName': physicalName,
})

describe('deletion vectors', () => {
  const vectorsOf = async (...positions: number[][]) =>
    (
      await writeDeletionVectors(
        localStore(table.root),
        positions.map((list) => ({ positions: Float64Array.from(list) })),
      )
    ).vectors

  test('in the log are read with the padding of delta-rs', async () => {
    const vector = { storageType: 'i', pathOrInlineDv: '^Bg9^0rr910000000000iXQKl0rr91000005c8Xg##093', sizeInBytes: 34, cardinality: 1 }
    table.commit(0, [
      protocolOf('deletionVectors'),
      metaDataOf([{ name: 'value', type: 'long' }]),
      await table.add('a.parquet', 'SELECT range AS value FROM range(10)', { deletionVector: vector }),
    ])
    expect(await rows({}, ' ORDER BY value')).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9].map((value) => ({ value: String(value) })))
  })

  test('exclude rows of one file, of many files, from counts and from filters', async () => {
    const thousands = Array.from({ length: 3000 }, (_, i) => i * 3)
    const [small, large] = await vectorsOf([0, 2], thousands)
    table.commit(0, [
      protocolOf('deletionVectors'),
      metaDataOf(
        [
          { name: 'a', type: 'long' },
          { name: 'p', type: 'string' },
        ],
        {},
        ['p'],
      ),
    ])
    table.commit(1, [
      await table.add('1.parquet', 'SELECT range AS a FROM range(5)', { deletionVector: small, partitionValues: { p: 'x' } }),
    ])
    expect(await rows()).toEqual([
      { a: '1', p: 'x' },
      { a: '3', p: 'x' },
      { a: '4', p: 'x' },
    ])
    table.commit(2, [
      await table.add('2.parquet', 'SELECT range + 100 AS a FROM range(9000)', { deletionVector: large, partitionValues: { p: 'y' } }),
      await table.add('3.parquet', 'SELECT 7::BIGINT AS a', { partitionValues: { p: null } }),
    ])
    const scan = await (await snapshot()).scanSql()
    expect(await queryRows(connection, `SELECT count(*)::INT AS n, sum(a)::INT AS s, count(p)::INT AS p FROM (${scan})`)).toEqual([
      { n: 6004, s: 8 + 7 + 6000 * 100 + (8999 * 9000) / 2 - (2999 * 3000 * 3) / 2, p: 6003 },
    ])
    expect((await snapshot()).numRecords).toBe(6004)
    expect(await rows({ columns: ['p'], where: [{ column: 'p', op: '=', value: 'x' }] })).toHaveLength(3)
    expect(await rows({ where: [{ column: 'a', op: '=', value: 103 }] })).toEqual([])
    expect(await rows({ where: [{ column: 'a', op: '=', value: 104 }] })).toEqual([{ a: '104', p: 'y' }])
  })

  test('belong to their version: the SQL of an older snapshot stays valid on any connection', async () => {
    const [first, second] = await vectorsOf([1], [1, 2])
    table.commit(0, [protocolOf('deletionVectors'), metaDataOf([{ name: 'a', type: 'long' }])])
    const add = await table.add('1.parquet', 'SELECT range AS a FROM range(4)', { deletionVector: first })
    table.commit(1, [add])
    const older = await (await snapshot()).scanSql()
    table.commit(2, [
      { remove: { path: '1.parquet', dataChange: true, deletionVector: first } },
      { add: { ...add.add, deletionVector: second } },
    ])
    const newer = await (await snapshot()).scanSql()
    const other = await instance.connect()
    expect(await queryRows(other, `SELECT a FROM (${older}) EXCEPT SELECT a FROM (${newer})`)).toEqual([{ a: '2' }])
    other.closeSync()
    expect(await (await snapshot({ version: 1 })).scanSql()).toBe(older)
  })

  test('give the same rows with pruning and without, for random vectors, ranges and predicates', async () => {
    const seed = seedOfRun()
    const random = seeded(seed)
    const fields = [
      { name: 'n', type: 'long', metadata: mapped(1, 'col-n') },
      { name: 's', type: 'string', metadata: mapped(2, 'col-s') },
      { name: 'p', type: 'integer', metadata: mapped(3, 'col-p') },
    ]
    table.commit(0, [
      protocolOf('deletionVectors', 'columnMapping'),
      metaDataOf(fields, { 'delta.columnMapping.mode': random.pick(['name', 'id']) }, ['p']),
    ])
    const adds = []
    for (let file = 0; file < 12; file++) {
      const count = 1 + random.integer(200)
      const from = random.integer(1000)
      const deleted = Array.from({ length: count }, (_, i) => i).filter(() => random.chance(0.3))
      const [vector] = await vectorsOf(deleted)
      const stats = JSON.stringify({
        numRecords: count,
        minValues: { 'col-n': from, 'col-s': `x${from + 1000}` },
        maxValues: { 'col-n': from + count - 1, 'col-s': `x${from + count + 999}` },
        nullCount: { 'col-n': 0, 'col-s': 0 },
        tightBounds: deleted.length === 0,
      })
      adds.push(
        await table.add(
          `${file}.parquet`,
          `SELECT range + ${from} AS "col-n", 'x' || (range + ${from + 1000}) AS "col-s" FROM range(${count})`,
          { stats, partitionValues: { 'col-p': String(file % 3) }, ...(deleted.length === 0 ? {} : { deletionVector: vector }) },
          ', FIELD_IDS {"col-n": 1, "col-s": 2}',
        ),
      )
    }
    table.commit(1, adds)
    const all = await (await snapshot()).scanSql()
    for (let round = 0; round < 40; round++) {
      const value = random.integer(1300)
      const [predicate, sql] = random.pick<readonly [Predicate, string]>([
        [{ column: 'n', op: '<', value }, `n < ${value}`],
        [{ column: 'n', op: '>=', value }, `n >= ${value}`],
        [{ column: 's', op: '=', value: `x${value + 1000}` }, `s = 'x${value + 1000}'`],
        [{ column: 'p', op: 'in', values: [value % 4] }, `p = ${value % 4}`],
      ])
      const pruned = await (await snapshot()).scanSql({ where: [predicate] })
      const [counts] = await queryRows(
        connection,
        `SELECT (SELECT count(*) FROM ((${pruned}) EXCEPT ALL (FROM (${all}) WHERE ${sql})))::INT AS extra,
                (SELECT count(*) FROM ((FROM (${all}) WHERE ${sql}) EXCEPT ALL (${pruned})))::INT AS missing`,
      )
      expect(counts, `SLUICE_SEED=${seed}, ${sql}`).toEqual({ extra: 0, missing: 0 })
    }
  })

  test('that are broken are an error, never rows', async () => {
    const [vector] = await vectorsOf([0, 2])
    table.commit(0, [protocolOf('deletionVectors'), metaDataOf([{ name: 'a', type: 'long' }])])
    table.commit(1, [await table.add('1.parquet', 'SELECT 1::BIGINT AS a', { deletionVector: { ...vector, cardinality: 9 } })])
    await expect(rows()).rejects.toMatchObject({ code: 'file.corrupt' })
  })
})

describe('column mapping', () => {
  const inner = fieldsOf([{ name: 'new x', type: 'integer', metadata: mapped(3, 'col-x') }])
  const fields = [
    { name: 'new a', type: 'long', metadata: mapped(1, 'col-a') },
    { name: 's', type: inner, metadata: mapped(2, 'col-s') },
    { name: 'l', type: { type: 'array', elementType: inner, containsNull: true }, metadata: mapped(4, 'col-l') },
    { name: 'm', type: { type: 'map', keyType: 'string', valueType: inner, valueContainsNull: true }, metadata: mapped(5, 'col-m') },
    { name: 'later', type: 'string', metadata: mapped(6, 'col-later') },
  ]
  const query = `SELECT 5 AS "col-a", {'col-x': 6} AS "col-s", [{'col-x': 7}, NULL] AS "col-l", MAP {'k': {'col-x': 8}} AS "col-m", 1 AS "new a"`
  const ids = ', FIELD_IDS {"col-a": 1, "col-s": {__duckdb_field_id: 2, "col-x": 3}, "col-l": 4, "col-m": 5, "new a": 9}'
  test.for(['name', 'id'])('by %s finds columns and nested fields, in one file and in many', async (mode) => {
    table.commit(0, [protocolOf('columnMapping'), metaDataOf(fields, { 'delta.columnMapping.mode': mode })])
    table.commit(1, [await table.add('1.parquet', query, {}, ids)])
    const row = { 'new a': '5', s: { 'new x': 6 }, l: [{ 'new x': 7 }, null], m: [{ key: 'k', value: { 'new x': 8 } }], later: null }
    expect(await rows()).toEqual([row])
    table.commit(2, [await table.add('2.parquet', query.replace("{'col-x': 6}", 'NULL::STRUCT("col-x" INTEGER)'), {}, ids)])
    expect(await rows()).toEqual([row, { ...row, s: null }])
  })

  test('by id uses the ids when the file has other names', async () => {
    table.commit(0, [protocolOf('columnMapping'), metaDataOf(fields.slice(0, 1), { 'delta.columnMapping.mode': 'id' })])
    table.commit(1, [await table.add('1.parquet', 'SELECT 5 AS other, 6 AS "col-a"', {}, ', FIELD_IDS {other: 1, "col-a": 9}')])
    expect(await rows()).toEqual([{ 'new a': '5' }])
  })

  test('by id refuses files with other names of nested fields, instead of giving NULL', async () => {
    table.commit(0, [protocolOf('columnMapping'), metaDataOf(fields.slice(0, 2), { 'delta.columnMapping.mode': 'id' })])
    const other = `SELECT 5 AS "col-a", {'was': 6, 'col-y': 7} AS "col-s"`
    table.commit(1, [await table.add('1.parquet', other, {}, ', FIELD_IDS {"col-a": 1, "col-s": {__duckdb_field_id: 2, was: 3}}')])
    await expect(rows()).rejects.toMatchObject({ code: 'protocol.unsupported', facts: { feature: 'columnMapping' } })
  })

  test('counts only when the protocol has it', async () => {
    table.commit(0, [protocolOf('deletionVectors'), metaDataOf(fields.slice(0, 1), { 'delta.columnMapping.mode': 'name' })])
    table.commit(1, [await table.add('1.parquet', query)])
    expect(await rows()).toEqual([{ 'new a': '1' }])
  })
})

describe('types', () => {
  const changes = (fromType: string, toType: string) => ({ 'delta.typeChanges': [{ fromType, toType }] })
  test('widened columns are cast, nested ones too, alone and among others, and their bounds lose no row', async () => {
    const fields = [
      { name: 'i', type: 'long', metadata: changes('integer', 'long') },
      { name: 'f', type: 'double', metadata: changes('float', 'double') },
      { name: 'd', type: 'decimal(20,4)', metadata: changes('decimal(5,2)', 'decimal(20,4)') },
      { name: 't', type: 'timestamp_ntz', metadata: changes('date', 'timestamp_ntz') },
      { name: 's', type: fieldsOf([{ name: 'x', type: 'double', metadata: changes('integer', 'double') }]) },
    ]
    table.commit(0, [protocolOf('typeWidening', 'timestampNtz'), metaDataOf(fields)])
    const stats =
      '{"numRecords":1,"minValues":{"i":1,"f":0.1,"d":1.25,"t":"2020-01-02"},"maxValues":{"i":1,"f":0.1,"d":1.25,"t":"2020-01-02"},"nullCount":{"f":0}}'
    const old = `SELECT 1::INTEGER AS i, 0.1::FLOAT AS f, 1.25::DECIMAL(5,2) AS d, DATE '2020-01-02' AS t, {'x': 3} AS s`
    table.commit(1, [await table.add('1.parquet', old, { stats })])
    const row = { i: '1', f: 0.10000000149011612, d: '1.2500', t: '2020-01-02 00:00:00', s: { x: 3 } }
    expect(await rows()).toEqual([row])
    for (const where of [
      [{ column: 'f', op: '=', value: 0.10000000149011612 }],
      [{ column: 't', op: '=', value: '2020-01-02T00:00:00' }],
      [{ column: 'd', op: '=', value: '1.25' }],
    ] as const)
      expect(await rows({ where }), JSON.stringify(where)).toEqual([row])
    table.commit(2, [
      await table.add(
        '2.parquet',
        `SELECT 9007199254740993 AS i, 0.1::DOUBLE AS f, 1234567890123456.7891::DECIMAL(20,4) AS d, TIMESTAMP '2020-01-02 03:04:05.678901' AS t, {'x': 0.5::DOUBLE} AS s`,
      ),
    ])
    expect(await rows()).toEqual([
      row,
      { i: '9007199254740993', f: 0.1, d: '1234567890123456.7891', t: '2020-01-02 03:04:05.678901', s: { x: 0.5 } },
    ])
  })

  test('void columns are NULL, at any depth, with files and without', async () => {
    const fields = [
      { name: 'a', type: 'long' },
      { name: 'v', type: 'void' },
      {
        name: 's',
        type: fieldsOf([
          { name: 'x', type: 'long' },
          { name: 'v', type: 'void' },
        ]),
      },
    ]
    table.commit(0, [{ protocol: { minReaderVersion: 1, minWriterVersion: 2 } }, metaDataOf(fields)])
    expect(await rows()).toEqual([])
    table.commit(1, [await table.add('1.parquet', `SELECT 1::BIGINT AS a, {'x': 2::BIGINT} AS s`)])
    expect(await rows()).toEqual([{ a: '1', v: null, s: { x: '2', v: null } }])
    table.commit(2, [await table.add('2.parquet', `SELECT 1::BIGINT AS a, {'x': 2::BIGINT} AS s`)])
    expect(await rows()).toHaveLength(2)
  })

  test('a column of an unknown type is refused by its type, and the other columns are readable', async () => {
    const udt = { type: 'udt', class: 'org.apache.spark.ml.linalg.VectorUDT' }
    const fields = [
      { name: 'a', type: 'long' },
      { name: 'v', type: udt },
    ]
    table.commit(0, [{ protocol: { minReaderVersion: 1, minWriterVersion: 2 } }, metaDataOf(fields)])
    table.commit(1, [await table.add('1.parquet', `SELECT 1::BIGINT AS a, {'x': 2::BIGINT} AS v`)])
    expect(await rows({ columns: ['a'] })).toEqual([{ a: '1' }])
    await expect(rows()).rejects.toMatchObject({ code: 'schema.invalid', message: expect.stringContaining('VectorUDT') as string })
  })

  test('rows of a file are not given to columns that the file has under a virtual name', async () => {
    table.commit(0, [
      { protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
      metaDataOf(
        [
          { name: 'file_index', type: 'long' },
          { name: 'p', type: 'string' },
        ],
        {},
        ['p'],
      ),
    ])
    table.commit(1, [await table.add('1.parquet', 'SELECT 4::BIGINT AS file_index', { partitionValues: { p: 'x' } })])
    await expect(rows()).rejects.toMatchObject({ code: 'protocol.unsupported' })
  })
})

describe('files that are not what the log says', () => {
  beforeEach(async () => {
    table.commit(0, [{ protocol: { minReaderVersion: 1, minWriterVersion: 2 } }, metaDataOf([{ name: 'a', type: 'long' }])])
    table.commit(1, [await table.add('1.parquet', 'SELECT 1::BIGINT AS a'), await table.add('2.parquet', 'SELECT 1::BIGINT AS a')])
  })

  test('a missing one is named with its version', async () => {
    rmSync(join(table.root, '2.parquet'))
    await expect(rows()).rejects.toMatchObject({ code: 'file.missing', facts: { file: join(table.root, '2.parquet'), version: 1 } })
  })

  test('a truncated one is an error of the query', async () => {
    writeFileSync(join(table.root, '2.parquet'), 'PAR1')
    await expect(rows()).rejects.toMatchObject({ code: 'query.failed', message: expect.stringContaining('2.parquet') })
  })

  test('one of another type is an error of the query', async () => {
    await table.add('2.parquet', `SELECT 'x' AS a`)
    await expect(rows()).rejects.toMatchObject({ code: 'query.failed' })
  })
})

test('a data file that is gone is named, however many files the version has', async () => {
  const { root, commit } = handMade(connection, join(folder, 'many'))
  const adds = Array.from({ length: 1_500 }, (_, index) => ({
    add: { path: `${index}.parquet`, partitionValues: {}, size: 1, modificationTime: 1, dataChange: true },
  }))
  commit(0, [{ protocol: { minReaderVersion: 1, minWriterVersion: 2 } }, metaDataOf([{ name: 'id', type: 'long' }]), ...adds])
  const snapshot = await (await openTable(root, { connection })).snapshot()
  await expect(snapshot.scanSql()).rejects.toMatchObject({ code: 'file.missing', facts: { file: join(root, '0.parquet'), version: 0 } })
})
