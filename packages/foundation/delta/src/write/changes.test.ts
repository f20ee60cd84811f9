import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Action } from '../protocol/actions.ts'
import { queryRows } from '../sql.ts'
import { createTable, type DeltaTable } from '../table.ts'
import { validateLog } from '../testing/validate-log.ts'
import { workplace } from '../testing/workplace.ts'
import type { MergeOptions } from './request.ts'

const { connection, folder } = await workplace()

const columns = [
  { name: 'id', type: 'integer' },
  { name: 'p', type: 'string' },
  { name: 'n', type: 'long' },
] as const

/** Ids 0 to 9 in the partitions a and b. n is ten times the id. */
async function filled(name: string, properties: Record<string, string> = {}): Promise<DeltaTable> {
  const table = await createTable(join(folder, name), { connection, columns, partitionBy: ['p'], properties })
  await table.append({ select: "SELECT i::INTEGER AS id, CASE WHEN i < 5 THEN 'a' ELSE 'b' END AS p, i * 10 AS n FROM range(10) t(i)" })
  return table
}

const rowsOf = async (table: DeltaTable, sql = 'SELECT id, n') =>
  (await queryRows(connection, `${sql} FROM (${await (await table.snapshot()).scanSql()}) ORDER BY ALL`)).map((row) => Object.values(row))

const actionsOf = ({ root }: DeltaTable, version: number) =>
  readFileSync(join(root, '_delta_log', `${String(version).padStart(20, '0')}.json`), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Action)

const vectors = { 'delta.enableDeletionVectors': 'true' }
const feed = { 'delta.enableChangeDataFeed': 'true' }

test('a condition on partitions alone removes files without reading them', async () => {
  const table = await filled('partition-delete')
  rmSync(
    join(
      table.root,
      decodeURIComponent((await table.snapshot()).files.find(({ partitionValues }) => partitionValues.p === 'a')?.path ?? ''),
    ),
  )
  expect(await table.delete({ where: "lower(p) || 'x' = 'ax'" })).toMatchObject({ deletedRows: 5, addedFiles: 0, removedFiles: 1 })
  expect(await rowsOf(table)).toHaveLength(5)
})

test('files that statistics exclude are not read', async () => {
  const table = await filled('stats-delete')
  rmSync(
    join(
      table.root,
      decodeURIComponent((await table.snapshot()).files.find(({ partitionValues }) => partitionValues.p === 'a')?.path ?? ''),
    ),
  )
  expect(await table.delete({ where: 'id >= 8 AND n % 7 < 100' })).toMatchObject({ deletedRows: 2 })
  expect(await table.merge({ source: "SELECT 7 AS id, 'b' AS p, 1 AS n", on: 'target.id = source.id', updateAll: true })).toMatchObject({
    updatedRows: 1,
  })
})

test('a change that finds no row commits nothing, except its transaction', async () => {
  const table = await filled('nothing')
  expect(await table.delete({ where: 'id > 100' })).toMatchObject({ version: 1, deletedRows: 0 })
  expect(await table.update({ set: { n: '0' }, where: [{ column: 'id', op: '>', value: 100 }] })).toMatchObject({ version: 1 })
  const txn = { appId: 'a', version: 1 }
  expect(await table.delete({ where: 'id > 100', txn })).toMatchObject({ version: 2, alreadyCommitted: false })
  expect(await table.delete({ where: 'id < 100', txn })).toMatchObject({ version: 2, alreadyCommitted: true })
  expect(validateLog(table.root)).toEqual([])
})

test.for([
  ['a subquery', 'id IN (SELECT 1)'],
  ['an aggregate', 'id = max(id)'],
  ['a window', 'row_number() OVER () = 1'],
  ['chance', 'random() < 0.5'],
  ['a parameter', 'id = ?'],
  ['two expressions', 'true), (false'],
  ['a further clause', 'true) ORDER BY (1'],
  ['no SQL', 'id = = 1'],
])('a condition with %s is refused before anything is read', async ([name = '', where = '']) => {
  const table = await filled(`refused-${name}`)
  await expect(table.delete({ where })).rejects.toMatchObject({ code: 'expression.invalid' })
  await expect(table.merge({ source: 'SELECT 1 AS id', on: where, matched: [{ delete: true }] })).rejects.toMatchObject({
    code: 'expression.invalid',
  })
})

test('an update casts as every write does, and refuses to lose digits', async () => {
  const table = await filled('casts')
  expect(await table.update({ set: { N: 'id', p: 'NULL' }, where: 'id < 2 -- comment' })).toMatchObject({ updatedRows: 2 })
  expect(await rowsOf(table, 'SELECT id, p, n')).toContainEqual([1, null, '1'])
  await expect(table.update({ set: { n: '1.5' } })).rejects.toMatchObject({ code: 'schema.mismatch' })
  await expect(table.update({ set: { nowhere: '1' } })).rejects.toMatchObject({ code: 'schema.mismatch' })
})

test('several rows of a source for one row of the table are refused, with the key, and nothing is written', async () => {
  const table = await filled('ambiguous')
  const source = 'SELECT * FROM (VALUES (3, 1), (3, 2), (4, 5)) v(id, n)'
  const merge = table.merge({ source, on: 'target.id = source.id', updateAll: true, insertAll: true })
  await expect(merge).rejects.toMatchObject({ code: 'merge.ambiguous', facts: { key: { id: '3' }, rows: 2 } })
  expect((await table.snapshot()).version).toBe(1)
  expect(await table.merge({ source, on: 'target.id = source.id', matched: [{ delete: true }] })).toMatchObject({ deletedRows: 2 })
  const narrowed: MergeOptions = {
    source: 'SELECT * FROM (VALUES (5, 1), (5, 2)) v(id, n)',
    on: 'target.id = source.id',
    matched: [{ when: 'source.n = 2', update: 'all' }],
  }
  expect(await table.merge(narrowed)).toMatchObject({ updatedRows: 1 })
  expect(await rowsOf(table)).toContainEqual([5, '2'])
})

test('NULL keys match nothing and are inserted', async () => {
  const table = await filled('null-keys')
  const source = "SELECT * FROM (VALUES (NULL::INTEGER, 'a', 1), (1, 'a', 2)) v(id, p, n)"
  const merge: MergeOptions = { source, on: 'target.id = source.id', updateAll: true, insertAll: true }
  expect(await table.merge(merge)).toMatchObject({ insertedRows: 1, updatedRows: 1 })
  expect(await table.merge(merge)).toMatchObject({ insertedRows: 1, updatedRows: 1 })
})

test('a random source is run once', async () => {
  const table = await filled('once')
  await queryRows(connection, 'CREATE SEQUENCE IF NOT EXISTS asked')
  const source = "SELECT nextval('asked')::INTEGER + 100 AS id, 'a' AS p, (random() * 1000)::BIGINT AS n FROM range(3)"
  expect(await table.merge({ source, on: 'target.id = source.id', updateAll: true, insertAll: true })).toMatchObject({ insertedRows: 3 })
  expect((await rowsOf(table, 'SELECT id')).slice(-3)).toEqual([[101], [102], [103]])
})

test('a merge adds the columns of its source only when it may', async () => {
  const table = await filled('evolve')
  const merge: MergeOptions = {
    source: "SELECT 1 AS id, 'x' AS extra UNION ALL SELECT 77, 'y'",
    on: 'target.id = source.id',
    updateAll: true,
    insertAll: true,
  }
  await table.merge(merge)
  expect((await table.snapshot()).schema.fields.map(({ name }) => name)).toEqual(['id', 'p', 'n'])
  expect(await table.merge({ ...merge, evolve: true })).toMatchObject({ updatedRows: 2 })
  expect(await rowsOf(table, 'SELECT id, p, n, extra')).toEqual(
    expect.arrayContaining([
      [1, 'a', '10', 'x'],
      [2, 'a', '20', null],
      [77, null, null, 'y'],
    ]),
  )
  expect(validateLog(table.root)).toEqual([])
})

test('vectors mark rows, include earlier vectors, and a file without rows is removed', async () => {
  const table = await filled('vectors', vectors)
  expect(await table.delete({ where: 'id IN (1, 6)' })).toMatchObject({ deletedRows: 2, addedFiles: 0, removedFiles: 0 })
  const first = (await table.snapshot()).files.map(({ deletionVector }) => deletionVector?.cardinality)
  expect(first).toEqual([1, 1])
  expect(await table.delete({ where: 'id = 2' })).toMatchObject({ deletedRows: 1 })
  expect(actionsOf(table, 3).filter(({ remove }) => remove !== undefined)).toMatchObject([
    { remove: { deletionVector: { cardinality: 1 } } },
  ])
  expect(actionsOf(table, 3)[0]?.commitInfo).toMatchObject({
    operation: 'DELETE',
    operationParameters: { predicate: '["id = 2"]' },
    isBlindAppend: false,
    operationMetrics: {
      numDeletedRows: '1',
      numDeletionVectorsAdded: '1',
      numDeletionVectorsRemoved: '1',
      numDeletionVectorsUpdated: '1',
      numRemovedFiles: '0',
    },
  })
  expect(await table.delete({ where: 'n < 50' })).toMatchObject({ deletedRows: 3, removedFiles: 1 })
  expect((await rowsOf(table)).map(([id]) => id)).toEqual([5, 7, 8, 9])
  expect(validateLog(table.root)).toEqual([])
})

test('a merge records the same metrics as Spark', async () => {
  const table = await filled('told')
  const source = "SELECT * FROM (VALUES (1, 'a', 11), (2, 'a', NULL), (50, 'b', 500)) v(id, p, n)"
  await table.merge({
    source,
    on: 'target.id = source.id',
    matched: [{ when: 'source.n IS NULL', delete: true }],
    notMatchedBySource: [
      { when: 'target.id = 9', delete: true },
      { when: 'target.id = 8', update: { n: '0' } },
    ],
    updateAll: true,
    insertAll: true,
  })
  expect(actionsOf(table, 2)[0]?.commitInfo).toMatchObject({
    operation: 'MERGE',
    operationParameters: {
      predicate: '["target.id = source.id"]',
      matchedPredicates: '[{"predicate":"source.n IS NULL","actionType":"delete"},{"actionType":"update"}]',
      notMatchedPredicates: '[{"actionType":"insert"}]',
    },
    operationMetrics: {
      numSourceRows: '3',
      numTargetRowsInserted: '1',
      numTargetRowsMatchedUpdated: '1',
      numTargetRowsMatchedDeleted: '1',
      numTargetRowsNotMatchedBySourceUpdated: '1',
      numTargetRowsNotMatchedBySourceDeleted: '1',
      numTargetRowsCopied: '6',
      numTargetFilesAdded: '2',
      numTargetFilesRemoved: '2',
    },
  })
})

test('an overwrite with a condition replaces exactly the rows of the condition', async () => {
  for (const properties of [{}, vectors]) {
    const table = await filled(`replace-where-${Object.keys(properties).length}`, properties)
    const replaceWhere = "p = 'a' AND id < 3"
    const result = await table.overwrite({ select: "SELECT 1 AS id, 'a' AS p, 7 AS n", replaceWhere })
    expect(result).toMatchObject({ rows: 1, removedRows: 3 })
    expect(await rowsOf(table)).toEqual([
      [1, '7'],
      [3, '30'],
      [4, '40'],
      [5, '50'],
      [6, '60'],
      [7, '70'],
      [8, '80'],
      [9, '90'],
    ])
    const wrong = table.overwrite({ select: "SELECT unnest([1, 8, NULL]) AS id, 'a' AS p, 7 AS n", replaceWhere })
    await expect(wrong).rejects.toMatchObject({ code: 'rows.invalid', facts: { rows: 2 } })
    expect((await table.snapshot()).version).toBe(2)
    expect(validateLog(table.root)).toEqual([])
  }
})

const changesOf = async (table: DeltaTable, version: number) => {
  const files = actionsOf(table, version).flatMap(({ cdc }) => cdc ?? [])
  if (files.length === 0) return []
  const list = files.map(({ path }) => `'${join(table.root, decodeURIComponent(path))}'`).join(', ')
  return (await queryRows(connection, `SELECT _change_type, id, n FROM read_parquet([${list}], hive_partitioning=false) ORDER BY ALL`)).map(
    (row) => Object.values(row),
  )
}

test.for([{}, vectors])(
  'change files contain every changed row, and exist only when adds and removes do not say it: %o',
  async (properties) => {
    const table = await filled(`feed-${Object.keys(properties).length}`, { ...feed, ...properties })
    const on = 'target.id = source.id'
    const steps: readonly [() => Promise<unknown>, unknown[]][] = [
      [
        () => table.delete({ where: 'id IN (1, 6)' }),
        [
          ['delete', 1, '10'],
          ['delete', 6, '60'],
        ],
      ],
      [
        () => table.update({ set: { n: 'n + 1' }, where: 'id = 2' }),
        [
          ['update_postimage', 2, '21'],
          ['update_preimage', 2, '20'],
        ],
      ],
      [
        () => table.merge({ source: "SELECT * FROM (VALUES (2, 'a', 5), (90, 'b', 6)) v(id, p, n)", on, updateAll: true, insertAll: true }),
        [
          ['insert', 90, '6'],
          ['update_postimage', 2, '5'],
          ['update_preimage', 2, '21'],
        ],
      ],
      [
        () => table.overwrite({ select: "SELECT 3 AS id, 'a' AS p, 8 AS n", replaceWhere: 'id = 3' }),
        [
          ['delete', 3, '30'],
          ['insert', 3, '8'],
        ],
      ],
      [() => table.merge({ source: "SELECT 91 AS id, 'b' AS p, 9 AS n", on, insertAll: true }), []],
      [() => table.delete({ where: "p = 'b'" }), []],
      [
        () => table.update({ set: { n: '0' } }),
        [
          ['update_postimage', 0, '0'],
          ['update_postimage', 2, '0'],
          ['update_postimage', 3, '0'],
          ['update_postimage', 4, '0'],
          ['update_preimage', 0, '0'],
          ['update_preimage', 2, '5'],
          ['update_preimage', 3, '8'],
          ['update_preimage', 4, '40'],
        ],
      ],
    ]
    for (const [index, [step, expected]] of steps.entries()) {
      await step()
      expect(await changesOf(table, index + 2), String(step)).toEqual(expected)
    }
    expect(validateLog(table.root)).toEqual([])
  },
)

test('a required column refuses NULL, and an append-only table accepts only inserts', async () => {
  const table = await createTable(join(folder, 'required'), {
    connection,
    columns: [
      { name: 'id', type: 'integer', nullable: false },
      { name: 'n', type: 'integer' },
    ],
    properties: { 'delta.appendOnly': 'true' },
  })
  const on = 'target.id = source.id'
  await table.merge({ source: 'SELECT 1 AS id', on, insertAll: true })
  await expect(table.merge({ source: 'SELECT 2 AS n', on: 'false', insertAll: true })).rejects.toMatchObject({ code: 'schema.mismatch' })
  await expect(table.merge({ source: 'SELECT NULL::INTEGER AS id', on, insertAll: true })).rejects.toMatchObject({ code: 'rows.invalid' })
  await expect(table.merge({ source: 'SELECT 1 AS id', on, matched: [{ delete: true }] })).rejects.toMatchObject({
    code: 'protocol.unsupported',
  })
  await expect(table.delete()).rejects.toMatchObject({ code: 'protocol.unsupported' })
})
