import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseCommit } from '../log/parse-commit.ts'
import type { Action } from '../protocol/actions.ts'
import type { Column, StructType } from '../schema/schema.ts'
import { queryRows } from '../sql.ts'
import { createTable, type DeltaTable, openTable } from '../table.ts'
import { validateLog } from '../testing/validate-log.ts'
import { workplace } from '../testing/workplace.ts'

const { connection } = await workplace()
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'delta-alter-'))
})
afterEach(() => {
  expect(validateLog(root)).toEqual([])
  rmSync(root, { recursive: true })
})

const address: StructType = {
  type: 'struct',
  fields: [
    { name: 'city', type: 'string', nullable: true, metadata: {} },
    {
      name: 'lines',
      nullable: true,
      metadata: {},
      type: {
        type: 'array',
        containsNull: true,
        elementType: { type: 'struct', fields: [{ name: 'text', type: 'string', nullable: true, metadata: {} }] },
      },
    },
  ],
}
const columns: readonly Column[] = [
  { name: 'id', type: 'long' },
  { name: 'name', type: 'string' },
  { name: 'address', type: address },
]
const create = (properties: Record<string, string> = {}, options: { columns?: readonly Column[]; partitionBy?: readonly string[] } = {}) =>
  createTable(root, { connection, columns, properties, ...options })
const rows = async (table: DeltaTable) =>
  await queryRows(connection, `SELECT * FROM (${await (await table.snapshot()).scanSql()}) ORDER BY ALL`)
const commit = (version: number): Action[] =>
  parseCommit(readFileSync(join(root, '_delta_log', `${String(version).padStart(20, '0')}.json`), 'utf8'), '')
const mapped = { 'delta.columnMapping.mode': 'name' }

test.for([['name'], ['id']])(
  'a table created with column mapping by %s takes any name and writes physical names and ids',
  async ([mode]) => {
    const table = await create(
      { 'delta.columnMapping.mode': mode ?? '' },
      { columns: [...columns, { name: 'the day (UTC), =', type: 'string' }], partitionBy: ['the day (UTC), ='] },
    )
    await table.append({
      select: `SELECT 1 AS id, 'n' AS name, {'city': 'x', 'lines': [{'text': 'a'}, NULL]} AS address, '2026' AS "the day (UTC), ="`,
    })
    const all = [{ id: '1', name: 'n', address: { city: 'x', lines: [{ text: 'a' }, null] }, 'the day (UTC), =': '2026' }]
    expect(await rows(table)).toEqual(all)
    expect(await rows(await openTable(root, { connection }))).toEqual(all)
    const add = commit(1).find((action) => action.add)?.add
    expect(Object.keys(add?.partitionValues ?? {})[0]).toMatch(/^col-/)
    expect(add?.stats).not.toMatch(/"(id|city)"/)
    const parquet = await queryRows(
      connection,
      `SELECT name, field_id FROM parquet_schema('${join(root, decodeURIComponent(add?.path ?? ''))}')`,
    )
    const ids = parquet.filter(({ name }) => String(name).startsWith('col-')).map(({ field_id: id }) => Number(id))
    expect(ids.toSorted((a, b) => Number(a) - Number(b))).toEqual([1, 2, 3, 4, 5, 6])
    expect(commit(0)[1]).toEqual({ protocol: { minReaderVersion: 2, minWriterVersion: 5 } })
  },
)

test('columns are renamed and dropped at any depth, in a table mapped later, and no file is touched', async () => {
  const table = await create()
  await table.append({ select: "SELECT 1 AS id, 'n' AS name, {'city': 'x', 'lines': [{'text': 'a'}]} AS address" })
  await expect(table.renameColumn('name', 'other')).rejects.toMatchObject({ code: 'schema.invalid', facts: { column: 'name' } })
  await table.setProperties(mapped)
  await table.renameColumn('NAME', 'full name')
  await table.renameColumn(['address', 'lines', 'element', 'text'], 'line')
  await table.addColumns([{ name: 'zip', type: 'string' }], { under: 'address' })
  await table.append({ select: `SELECT 2 AS id, 'm' AS "full name", {'city': 'y', 'lines': [{'line': 'b'}], 'zip': '9'} AS address` })
  expect(await rows(table)).toEqual([
    { id: '1', 'full name': 'n', address: { city: 'x', lines: [{ line: 'a' }], zip: null } },
    { id: '2', 'full name': 'm', address: { city: 'y', lines: [{ line: 'b' }], zip: '9' } },
  ])
  await table.dropColumn(['address', 'city'])
  await table.dropColumn('full name')
  await table.addColumns([{ name: 'full name', type: 'integer' }])
  expect(await rows(table)).toEqual([
    { id: '1', address: { lines: [{ line: 'a' }], zip: null }, 'full name': null },
    { id: '2', address: { lines: [{ line: 'b' }], zip: '9' }, 'full name': null },
  ])
  expect((await table.snapshot()).files).toHaveLength(2)
  await expect(table.setProperties({ 'delta.columnMapping.mode': 'none' })).rejects.toMatchObject({ facts: { feature: 'columnMapping' } })
  await expect(table.dropColumn('nope')).rejects.toMatchObject({ code: 'schema.mismatch' })
})

test('a partition column keeps its folder names when it is renamed, and cannot be dropped', async () => {
  const table = await create(mapped, { partitionBy: ['name'] })
  await table.append({ select: "SELECT 1 AS id, 'p' AS name" })
  await table.renameColumn('name', 'part')
  await table.append({ select: "SELECT 2 AS id, 'q' AS part" })
  await table.replaceBatch({ column: 'part', value: 'p', select: 'SELECT 3 AS id' })
  await table.delete({ where: 'id = 2' })
  expect(await rows(table)).toEqual([{ id: '3', part: 'p', address: null }])
  await expect(table.dropColumn('part')).rejects.toMatchObject({ code: 'schema.invalid' })
})

test('properties are checked, other names are kept, and the protocol rises only for a feature', async () => {
  const table = await create()
  await expect(table.setProperties({ 'delta.nope': '1' })).rejects.toMatchObject({
    code: 'property.invalid',
    facts: { property: 'delta.nope' },
  })
  await expect(table.setProperties({ 'delta.appendOnly': 'yes' })).rejects.toMatchObject({ code: 'property.invalid' })
  await expect(table.setProperties({ 'delta.checkpointPolicy': 'v2' })).rejects.toMatchObject({ code: 'property.invalid' })
  await expect(table.setProperties({ 'delta.columnMapping.maxColumnId': '9' })).rejects.toMatchObject({ code: 'property.invalid' })
  await expect(table.setProperties({ 'delta.enableRowTracking': 'true' })).rejects.toMatchObject({ facts: { feature: 'rowTracking' } })
  expect(await table.setProperties({ owner: 'us', 'delta.enableRowTracking': 'false' })).toEqual({ version: 1 })
  expect(await table.setProperties({ owner: 'us' })).toEqual({ version: 1 })
  expect(commit(1).some((action) => action.protocol)).toBe(false)
  await table.setProperties({ 'delta.enableDeletionVectors': 'true' })
  expect(commit(2)[1]).toEqual({
    protocol: {
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ['deletionVectors'],
      writerFeatures: ['appendOnly', 'invariants', 'deletionVectors'],
    },
  })
  await table.unsetProperties(['delta.enableDeletionVectors', 'owner', 'never set'])
  expect((await table.snapshot()).properties).toEqual({ 'delta.enableRowTracking': 'false' })
  expect(commit(3).some((action) => action.protocol)).toBe(false)
})

test('every write obeys a constraint, and the error shows the row', async () => {
  const table = await create()
  await table.append({ select: "SELECT range AS id, 'n' || range AS name FROM range(10)" })
  await expect(table.addConstraint('high', 'id > 3')).rejects.toMatchObject({
    code: 'rows.invalid',
    message: expect.stringContaining('4 rows'),
    facts: { constraint: 'high', rows: 4 },
  })
  await table.addConstraint('Low', "id < 100 AND (name <> `name` OR name LIKE 'n%')")
  const violated = { code: 'rows.invalid', facts: { constraint: 'low', row: expect.stringContaining('"id":100') } }
  await expect(table.append({ select: "SELECT 100 AS id, 'n' AS name" })).rejects.toMatchObject(violated)
  await expect(table.append({ select: 'SELECT 1 AS id' })).rejects.toMatchObject({ code: 'rows.invalid' })
  await expect(table.overwrite({ select: "SELECT 100 AS id, 'n' AS name" })).rejects.toMatchObject(violated)
  await expect(table.update({ where: 'id = 5', set: { id: '100' } })).rejects.toMatchObject(violated)
  await expect(
    table.merge({
      source: "SELECT 100 AS id, 'n' AS name",
      on: 'target.id = source.id',
      notMatched: [{ insert: { id: 'source.id', name: 'source.name' } }],
    }),
  ).rejects.toMatchObject(violated)
  expect((await table.snapshot()).version).toBe(2)
  expect((await table.snapshot()).numRecords).toBe(10)
  await expect(table.addConstraint('low', 'true')).rejects.toMatchObject({ code: 'constraint.invalid' })
  await table.dropConstraint('LOW')
  await table.append({ select: "SELECT 100 AS id, 'x' AS name" })
  await expect(table.dropConstraint('low')).rejects.toMatchObject({ code: 'constraint.invalid' })
})

test('NOT NULL is enforced inside nested columns whose struct is not NULL', async () => {
  const table = await create(
    {},
    {
      columns: [
        { name: 'id', type: 'long' },
        { name: 's', type: { type: 'struct', fields: [{ name: 'x', type: 'long', nullable: false, metadata: {} }] } },
        { name: 'l', type: { type: 'array', containsNull: false, elementType: 'long' } },
        { name: 'm', type: { type: 'map', keyType: 'string', valueType: 'long', valueContainsNull: false } },
      ],
    },
  )
  await table.append({ select: "SELECT 1 AS id, {'x': 1} AS s, [1] AS l, MAP {'a': 1} AS m UNION ALL SELECT 2, NULL, NULL, NULL" })
  for (const [column, sql] of [
    ['s', "{'x': NULL} AS s"],
    ['l', '[1, NULL] AS l'],
    ['m', "MAP {'a': NULL} AS m"],
  ])
    await expect(table.append({ select: `SELECT 3 AS id, ${sql}` })).rejects.toMatchObject({ code: 'rows.invalid', facts: { column } })
})

test('types widen in place when the table allows it, and comments and nullability change', async () => {
  const table = await create(
    {},
    {
      columns: [
        { name: 'n', type: 'short', nullable: false },
        { name: 'l', type: { type: 'array', containsNull: true, elementType: 'float' } },
      ],
    },
  )
  await table.append({ select: 'SELECT 5 AS n, [0.5::FLOAT] AS l' })
  await expect(table.changeColumn('n', { type: 'long' })).rejects.toMatchObject({ code: 'schema.invalid' })
  await table.setProperties({ 'delta.enableTypeWidening': 'true' })
  await expect(table.changeColumn('n', { type: 'byte' })).rejects.toMatchObject({ code: 'schema.invalid' })
  await table.changeColumn('n', { type: 'integer', nullable: true, comment: 'a number' })
  await table.changeColumn('n', { type: 'long', comment: null })
  await table.changeColumn(['l', 'element'], { type: 'double' })
  await table.append({ select: 'SELECT 5000000000 AS n, [1e300] AS l UNION ALL SELECT NULL, NULL' })
  expect(await rows(table)).toEqual([
    { n: '5', l: [0.5] },
    { n: '5000000000', l: [1e300] },
    { n: null, l: null },
  ])
  expect((await table.snapshot()).schema.fields.map(({ metadata }) => metadata)).toEqual([
    {
      'delta.typeChanges': [
        { fromType: 'short', toType: 'integer' },
        { fromType: 'integer', toType: 'long' },
      ],
    },
    { 'delta.typeChanges': [{ fromType: 'float', toType: 'double', fieldPath: 'element' }] },
  ])
})

test('instants without a zone are a feature of their own, with statistics and partitions', async () => {
  const table = await create(
    {},
    {
      columns: [
        { name: 'id', type: 'long' },
        { name: 'at', type: 'timestamp_ntz' },
        { name: 'p', type: 'timestamp_ntz' },
      ],
      partitionBy: ['p'],
    },
  )
  await table.append({ select: "SELECT 1 AS id, TIMESTAMP '2026-01-02 03:04:05.123456' AS at, TIMESTAMP '2026-01-01' AS p" })
  expect(commit(0)[1]?.protocol).toMatchObject({ minReaderVersion: 3, readerFeatures: ['timestampNtz'] })
  expect(JSON.parse(commit(1).find((action) => action.add)?.add?.stats ?? '')).toMatchObject({
    minValues: { at: '2026-01-02T03:04:05.123' },
    maxValues: { at: '2026-01-02T03:04:05.123' },
  })
  expect(await rows(table)).toEqual([{ id: '1', at: '2026-01-02 03:04:05.123456', p: '2026-01-01 00:00:00' }])
})

test.for([[{}], [mapped]])('nested fields evolve with %o; without evolve they are refused instead of lost', async ([properties]) => {
  const table = await create(properties)
  await table.append({ select: "SELECT 1 AS id, {'city': 'x'} AS address" })
  const wider = "SELECT 2 AS id, {'LINES': [{'text': 'a', 'n': 1}], 'zip': {'code': '9'}} AS address"
  await expect(table.append({ select: wider })).rejects.toMatchObject({
    code: 'schema.mismatch',
    facts: { column: 'address.lines.element.n' },
  })
  await table.append({ select: wider, evolve: true })
  expect(await rows(table)).toEqual([
    { id: '1', name: null, address: { city: 'x', lines: null, zip: null } },
    { id: '2', name: null, address: { city: null, lines: [{ text: 'a', n: 1 }], zip: { code: '9' } } },
  ])
  await expect(table.append({ select: "SELECT {'lines': [{'n': 1.5::DOUBLE}]} AS address" })).rejects.toMatchObject({
    code: 'schema.mismatch',
    facts: { column: 'address.lines.element.n' },
  })
})

test.for([[{}], [mapped]])('an overwrite may bring its own schema with %o', async ([properties]) => {
  const table = await create(properties)
  await table.append({ select: "SELECT 1 AS id, 'n' AS name" })
  await table.overwrite({ select: "SELECT 'text' AS id, 1.5 AS price", overwriteSchema: true })
  expect(await rows(table)).toEqual([{ id: 'text', price: '1.5' }])
  const before = await table.snapshot({ version: 1 })
  expect(await queryRows(connection, `SELECT id, name FROM (${await before.scanSql()})`)).toEqual([{ id: '1', name: 'n' }])
  await expect(table.overwrite({ select: 'SELECT 1 AS id', overwriteSchema: true, replaceWhere: 'id = 1' })).rejects.toMatchObject({
    code: 'schema.mismatch',
  })
})

test('types that the caller gives are not asked from DuckDB', async () => {
  const table = await create()
  const types = [{ name: 'id', type: 'INTEGER' }]
  await table.append({ select: 'SELECT 1 AS id', types })
  await expect(table.append({ select: 'SELECT 1 AS id', types: [{ name: 'id', type: 'DOUBLE' }] })).rejects.toMatchObject({
    code: 'schema.mismatch',
  })
  expect((await rows(table)).map(({ id }) => id)).toEqual(['1'])
})

test('in-commit timestamps begin when they are switched on and never go back', async () => {
  let nowMs = Date.now() + 10_000
  const table = await createTable(root, { connection, columns, now: () => nowMs })
  await table.append({ select: 'SELECT 1 AS id' })
  await table.setProperties({ 'delta.enableInCommitTimestamps': 'true' })
  nowMs -= 5000
  const other = await openTable(root, { connection, now: () => nowMs })
  await Promise.all(Array.from({ length: 6 }, (_, n) => (n % 2 === 0 ? table : other).append({ select: `SELECT ${n} AS id` })))
  const times = Array.from({ length: 7 }, (_, n) => commit(n + 2)[0]?.commitInfo?.inCommitTimestamp as number)
  expect(times).toEqual(times.map((_, n) => nowMs + 5000 + n))
  expect((await table.snapshot()).properties).toMatchObject({
    'delta.inCommitTimestampEnablementVersion': '2',
    'delta.inCommitTimestampEnablementTimestamp': String(times[0]),
  })
  expect((await table.history({ limit: 1 }))[0]?.timestampMs).toBe(times.at(-1))
})

test('an alteration does not conflict with appends, and is planned again after another alteration', async () => {
  const table = await create(mapped)
  const other = await openTable(root, { connection })
  await Promise.all([
    table.addColumns([{ name: 'a', type: 'long' }]),
    other.addColumns([{ name: 'b', type: 'long' }]),
    other.append({ select: 'SELECT 1 AS id' }),
    table.addConstraint('positive', 'id > 0'),
  ])
  const { schema, properties } = await table.snapshot()
  expect(schema.fields.map(({ name }) => name).toSorted()).toEqual(['a', 'address', 'b', 'id', 'name'])
  expect(properties).toMatchObject({ 'delta.constraints.positive': 'id > 0', 'delta.columnMapping.maxColumnId': '8' })
})
