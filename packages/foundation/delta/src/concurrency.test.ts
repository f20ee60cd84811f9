import { join } from 'node:path'
import { expect, test } from 'vitest'
import { queryRows } from './sql.ts'
import { localStore } from './store/local.ts'
import type { LogStore } from './store/store.ts'
import { createTable, type DeltaTable, openTable } from './table.ts'
import { intercepted } from './testing/faulty-stores.ts'
import { outputOf, startScript } from './testing/script.ts'
import { validateLog } from './testing/validate-log.ts'
import { workplace } from './testing/workplace.ts'

const { connection, folder } = await workplace()

const columns = [
  { name: 'writer', type: 'integer' },
  { name: 'n', type: 'integer' },
  { name: '_batch', type: 'string' },
] as const
const rowsOf = async (table: DeltaTable) =>
  await queryRows(connection, `SELECT * FROM (${await (await table.snapshot()).scanSql()}) ORDER BY ALL`)

test('writers in separate processes lose nothing, double nothing and skip every replay', async () => {
  const root = join(folder, 'processes')
  const table = await createTable(root, { connection, columns })
  const [writers, appends] = [3, 12]
  const script = join(import.meta.dirname, 'testing/concurrent-writer.ts')
  const children = Array.from({ length: writers }, (_, writer) => startScript(script, root, String(writer), String(appends)))
  expect(await Promise.all(children.map(outputOf))).toEqual(Array.from({ length: writers }, () => String(appends)))
  const expected = Array.from({ length: writers }, (_, writer) => [
    ...Array.from({ length: appends }, (__, n) => ({ writer, n, _batch: null })),
    { writer, n: 1000 + appends - 1, _batch: `own-${writer}` },
  ]).flat()
  expect(await rowsOf(table)).toEqual(expected)
  expect((await table.snapshot()).version).toBe(writers * appends * 2)
  expect(validateLog(root)).toEqual([])
})

test.for([{}, { 'delta.enableDeletionVectors': 'true' }])(
  'processes that merge, append and delete lose no change of one another: %o',
  async (properties) => {
    const root = join(folder, `changers-${Object.keys(properties).length}`)
    const [writers, rounds] = [3, 6]
    const table = await createTable(root, {
      connection,
      columns: [
        { name: 'key', type: 'string' },
        { name: 'n', type: 'integer' },
      ],
      properties,
    })
    // Two merges may both insert the shared key. Only the one that sees the other's row updates it instead.
    await table.append({ select: "SELECT 'shared' AS key, 0 AS n" })
    const script = join(import.meta.dirname, 'testing/concurrent-changer.ts')
    const children = Array.from({ length: writers }, (_, writer) => startScript(script, root, String(writer), String(rounds)))
    await Promise.all(children.map(outputOf))
    const numbers = Array.from({ length: writers }, (_, writer) => writer)
    expect(await rowsOf(table)).toEqual([
      ...numbers.map((writer) => ({ key: `own-${writer}`, n: rounds })),
      ...numbers.map((writer) => ({ key: `row-${writer}-${rounds - 1}`, n: 0 })),
      { key: 'shared', n: writers * rounds },
    ])
    expect(validateLog(root)).toEqual([])
  },
)

const races: readonly [
  title: string,
  ours: (t: DeltaTable) => Promise<unknown>,
  theirs: (t: DeltaTable) => Promise<unknown>,
  rows: unknown[],
][] = [
  ['an append follows an append', (t) => t.append({ select: 'SELECT 1 AS n' }), (t) => t.append({ select: 'SELECT 2 AS n' }), [0, 1, 2]],
  ['an append follows an overwrite', (t) => t.append({ select: 'SELECT 1 AS n' }), (t) => t.overwrite({ select: 'SELECT 2 AS n' }), [1, 2]],
  [
    'an overwrite takes an append with it',
    (t) => t.overwrite({ select: 'SELECT 1 AS n' }),
    (t) => t.append({ select: 'SELECT 2 AS n' }),
    [1],
  ],
  [
    'two replacements of one batch leave the later',
    (t) => t.replaceBatch({ column: '_batch', value: 'b', select: 'SELECT 1 AS n' }),
    (t) => t.replaceBatch({ column: '_batch', value: 'b', select: 'SELECT 2 AS n' }),
    [0, 1],
  ],
  [
    'a replacement removes rows of its batch that were appended meanwhile',
    (t) => t.replaceBatch({ column: '_batch', value: 'b', select: 'SELECT 1 AS n' }),
    (t) => t.append({ select: "SELECT 2 AS n, 'b' AS _batch" }),
    [0, 1],
  ],
  [
    'replacements of two batches in one shared file both hold',
    (t) => t.replaceBatch({ column: '_batch', value: 'x', select: 'SELECT 1 AS n' }),
    (t) => t.replaceBatch({ column: '_batch', value: 'y', select: 'SELECT 2 AS n' }),
    [0, 1, 2],
  ],
  [
    'replacements of several batches hold beside one of a batch in the same file',
    (t) =>
      t.replaceBatches({
        column: '_batch',
        batches: [{ value: 'x' }, { value: 'z' }],
        select: "SELECT n, 'x' AS _batch FROM range(1, 3) r(n)",
      }),
    (t) => t.replaceBatch({ column: '_batch', value: 'y', select: 'SELECT 3 AS n' }),
    [0, 1, 2, 3],
  ],
  [
    'an append is written again under a schema that grew meanwhile',
    (t) => t.append({ select: 'SELECT 1 AS n' }),
    (t) => t.append({ select: 'SELECT 2 AS n, 3 AS extra', evolve: true }),
    [0, 1, 2],
  ],
  [
    'two writers of one transaction write it once',
    (t) => t.append({ select: 'SELECT 1 AS n', txn: { appId: 'a', version: 1 } }),
    (t) => t.append({ select: 'SELECT 1 AS n', txn: { appId: 'a', version: 1 } }),
    [0, 1],
  ],
]

test.for(races)('%s', async ([title, ours, theirs, expected]) => {
  const root = join(folder, title.replaceAll(' ', '-'))
  const first = await createTable(root, { connection, columns })
  await first.append({ select: "SELECT * FROM (VALUES (0, NULL), (10, 'x'), (11, 'y')) v(n, _batch)" })
  if (!title.includes('shared')) await first.overwrite({ select: 'SELECT 0 AS n' })
  const other = await openTable(root, { connection })
  const table = await openTable(
    intercepted(root, () => theirs(other)),
    { connection },
  )
  await ours(table)
  expect((await rowsOf(table)).map((row) => row.n)).toEqual(expected)
  expect(validateLog(root)).toEqual([])
})

test('two writers that add one column with different types both use the first type, in the files too', async () => {
  const root = join(folder, 'types')
  const other = await createTable(root, { connection, columns })
  const table = await openTable(
    intercepted(root, () => other.append({ select: "SELECT 2 AS n, 'text' AS extra", evolve: true })),
    { connection },
  )
  await table.append({ select: 'SELECT 1 AS n, 7 AS extra', evolve: true })
  const snapshot = await table.snapshot()
  expect(snapshot.schema.fields.at(-1)).toMatchObject({ name: 'extra', type: 'string' })
  for (const file of snapshot.files) {
    const [column] = await queryRows(connection, `SELECT typeof(extra) AS type FROM '${join(root, file.path)}'`)
    expect(column).toEqual({ type: 'VARCHAR' })
  }
})

test('writes of one process on one connection do not disturb each other', async () => {
  const root = join(folder, 'parallel')
  const table = await createTable(root, { connection, columns })
  const writes = Array.from({ length: 12 }, (_, n) =>
    n % 3 === 0
      ? table.replaceBatch({ column: '_batch', value: `b${n}`, select: `SELECT ${n} AS n` })
      : table.append({ select: `SELECT ${n} AS n` }),
  )
  const versions = (await Promise.all(writes)).map((result) => result.version)
  expect(versions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1))
  expect((await rowsOf(table)).map((row) => row.n)).toEqual(Array.from({ length: 12 }, (_, n) => n))
  expect(validateLog(root)).toEqual([])
})

test('a writer that loses every race gives up, says why, and leaves nothing behind', async () => {
  const root = join(folder, 'busy')
  const other = await createTable(root, { connection, columns })
  const store = localStore(root)
  const busy: LogStore = {
    ...store,
    async putIfAbsent(path, text) {
      await other.append({ select: "SELECT 2 AS n, 'b' AS _batch" })
      return await store.putIfAbsent(path, text)
    },
  }
  const table = await openTable(busy, { connection })
  await expect(table.replaceBatch({ column: '_batch', value: 'b', select: 'SELECT 1 AS n' })).rejects.toMatchObject({
    code: 'commit.conflict',
  })
  const snapshot = await other.snapshot()
  expect(snapshot.numRecords).toBe(25)
  expect((await store.list('.')).filter((name) => name.endsWith('.parquet'))).toHaveLength(25)
})
