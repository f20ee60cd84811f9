import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { queryRows } from '../sql.ts'
import { localStore } from '../store/local.ts'
import { createTable, type DeltaTable, openTable } from '../table.ts'
import { intercepted } from '../testing/faulty-stores.ts'
import { validateLog } from '../testing/validate-log.ts'
import { workplace } from '../testing/workplace.ts'

const { connection, folder } = await workplace()

const columns = [
  { name: 'id', type: 'long' },
  { name: 'p', type: 'string' },
] as const
/** In the order of the scan. */
const idsOf = async (table: DeltaTable) =>
  (await queryRows(connection, `SELECT id FROM (${await (await table.snapshot()).scanSql()})`)).map((row) => Number(row.id))

test('small files of a partition become one, in the order of their rows, and no row changes', async () => {
  const root = join(folder, 'pack')
  const table = await createTable(root, { connection, columns, partitionBy: ['p'] })
  for (let i = 0; i < 6; i++) await table.append({ select: `SELECT ${i} AS id, ['a', 'b/ c', NULL][${(i % 3) + 1}] AS p` })
  const before = await table.snapshot()
  const result = await table.optimize({ txn: { appId: 'nightly', version: 1 } })
  expect(result).toMatchObject({ version: 7, filesRemoved: 6, filesAdded: 3, partitions: 3, skipped: 0, bytesRemoved: before.bytes })
  const after = await table.snapshot()
  expect(after.files.map((file) => file.dataChange)).toEqual([false, false, false])
  expect(after.bytes).toBe(result.bytesAdded)
  expect(after.files.map((file) => file.path.split('/').slice(0, -1).join('/')).sort()).toEqual(
    before.files
      .slice(0, 3)
      .map((file) => file.path.split('/').slice(0, -1).join('/'))
      .sort(),
  )
  expect(await queryRows(connection, `SELECT * FROM (${await after.scanSql()}) ORDER BY id`)).toEqual(
    await queryRows(connection, `SELECT * FROM (${await before.scanSql()}) ORDER BY id`),
  )
  const [entry] = await table.history({ limit: 1 })
  expect(entry).toMatchObject({
    operation: 'OPTIMIZE',
    commitInfo: {
      isBlindAppend: false,
      operationParameters: { predicate: '[]', zOrderBy: '[]', clusterBy: '[]' },
      operationMetrics: { numRemovedFiles: '6', numAddedFiles: '3', numRemovedBytes: String(before.bytes) },
    },
  })
  expect(await table.optimize({ txn: { appId: 'nightly', version: 1 } })).toMatchObject({ version: 7, filesAdded: 0 })
  expect(validateLog(root)).toEqual([])
})

test('a table with nothing to do gets no commit, and the result says so', async () => {
  const table = await createTable(join(folder, 'nothing'), { connection, columns, partitionBy: ['p'] })
  expect(await table.optimize()).toMatchObject({ version: 0, filesAdded: 0, filesRemoved: 0, partitions: 0, skipped: 0 })
  await table.append({ select: "SELECT 1 AS id, 'x' AS p UNION ALL SELECT 2, 'y'" })
  expect(await table.optimize()).toMatchObject({ version: 1, filesAdded: 0, filesRemoved: 0, partitions: 0, skipped: 2 })
  expect((await table.history()).length).toBe(2)
})

test('files are packed in order up to the target size, and files near it are not rewritten', async () => {
  const root = join(folder, 'target')
  const table = await createTable(root, { connection, columns, properties: { 'delta.targetFileSize': '40kb' } })
  for (let i = 0; i < 8; i++)
    await table.append({
      select: `SELECT hash(range) AS id FROM range(${i * 1000}, ${(i + 1) * 1000})`.replace('hash(range)', '(hash(range) >> 1)::BIGINT'),
    })
  await table.append({ select: 'SELECT (hash(range) >> 1)::BIGINT AS id FROM range(4500)' })
  const ids = await idsOf(table)
  const big = (await table.snapshot()).files.at(-1)
  const result = await table.optimize()
  expect(result.filesRemoved).toBe(8)
  expect(result.filesAdded).toBe(2)
  const { files } = await table.snapshot()
  expect(files.some((file) => file.path === big?.path)).toBe(true)
  expect(Math.max(...files.map((file) => file.size))).toBeLessThan(41_000)
  // The file that was not rewritten was the last one and is now the first.
  expect(await idsOf(table)).toEqual([...ids.slice(8000), ...ids.slice(0, 8000)])
  expect(await table.optimize()).toMatchObject({ filesAdded: 0 })
})

test('only the selected partitions are rewritten, and only partition columns can select them', async () => {
  const table = await createTable(join(folder, 'where'), { connection, columns, partitionBy: ['p'] })
  for (let i = 0; i < 4; i++) await table.append({ select: `SELECT ${i} AS id, ['a', 'b'][${(i % 2) + 1}] AS p` })
  expect(await table.optimize({ where: [{ column: 'p', op: '=', value: 'a' }] })).toMatchObject({
    filesRemoved: 2,
    filesAdded: 1,
    partitions: 1,
  })
  await expect(table.optimize({ where: [{ column: 'id', op: '=', value: 1 }] })).rejects.toMatchObject({ code: 'schema.mismatch' })
  await expect(table.optimize({ clusterBy: ['p'] })).rejects.toMatchObject({ code: 'schema.mismatch' })
})

test('clustering sorts each partition once, into files of the target size with ranges of their own', async () => {
  const root = join(folder, 'cluster')
  const table = await createTable(root, { connection, columns, partitionBy: ['p'] })
  for (let i = 0; i < 3; i++)
    await table.append({ select: `SELECT (range * 7919 + ${i}) % 1000003 AS id, ['a', 'b'][1 + range % 2] AS p FROM range(400000)` })
  const count = async () =>
    (await queryRows(connection, `SELECT count(*) AS n, sum(id) AS s FROM (${await (await table.snapshot()).scanSql()})`))[0]
  const before = await count()
  const result = await table.optimize({ clusterBy: ['id'], targetBytes: 100_000 })
  expect(result.filesAdded).toBeGreaterThan(4)
  expect(await count()).toEqual(before)
  const { files } = await table.snapshot()
  for (const p of ['a', 'b']) {
    const ranges = files
      .filter((file) => file.partitionValues.p === p)
      .map((file) => JSON.parse(file.stats ?? '{}') as { minValues: { id: number }; maxValues: { id: number } })
      .sort((x, y) => x.minValues.id - y.minValues.id)
    for (const [index, range] of ranges.entries()) expect(range.minValues.id).toBeGreaterThanOrEqual(ranges[index - 1]?.maxValues.id ?? 0)
  }
  expect(await table.optimize({ clusterBy: ['id'], targetBytes: 100_000 })).toMatchObject({ filesAdded: 0, skipped: 2 })
  await table.append({ select: "SELECT 5 AS id, 'a' AS p" })
  expect(await table.optimize({ clusterBy: ['id'] })).toMatchObject({ partitions: 1, skipped: 1 })
  expect(validateLog(root)).toEqual([])
})

test('an append-only table may be optimized, because its rows do not change', async () => {
  const table = await createTable(join(folder, 'append-only'), { connection, columns, properties: { 'delta.appendOnly': 'true' } })
  for (let i = 0; i < 3; i++) await table.append({ select: `SELECT ${i} AS id` })
  expect(await table.optimize()).toMatchObject({ filesRemoved: 3, filesAdded: 1 })
  expect(await idsOf(table)).toEqual([0, 1, 2])
})

test('it does not conflict with an append, and plans again only bins whose files another writer removed', async () => {
  const root = join(folder, 'race')
  const table = await createTable(root, { connection, columns, partitionBy: ['p'] })
  for (let i = 0; i < 4; i++) await table.append({ select: `SELECT ${i} AS id, ['a', 'b'][${(i % 2) + 1}] AS p` })
  const other = await openTable(
    intercepted(root, () => table.append({ select: "SELECT 10 AS id, 'a' AS p" })),
    { connection },
  )
  expect(await other.optimize()).toMatchObject({ version: 6, filesRemoved: 4, filesAdded: 2 })
  expect((await idsOf(table)).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 10])
  for (let i = 4; i < 8; i++) await table.append({ select: `SELECT ${i} AS id, ['a', 'b'][${(i % 2) + 1}] AS p` })
  const written: string[] = []
  const store = intercepted(root, () => table.replaceBatch({ column: 'id', value: 4, select: "SELECT 'a' AS p" }))
  const third = await openTable(
    {
      ...store,
      persist: async (paths) => {
        written.push(...paths)
        await store.persist(paths)
      },
    },
    { connection },
  )
  await third.optimize()
  // Partition a twice, b once.
  expect(written.length).toBe(3)
  expect((await idsOf(table)).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 10])
  expect((await table.snapshot()).files.length).toBe(2)
  const named = new Set((await table.snapshot()).files.map((file) => file.path.split('/').at(-1)))
  const onDisk = (await localStore(root).walk('')).filter(({ path }) => written.includes(path))
  expect(onDisk.map(({ path }) => path.split('/').at(-1)).every((name) => named.has(name))).toBe(true)
  expect(validateLog(root)).toEqual([])
})

test('files with deletion vectors are rewritten, even a single file and a file without remaining rows', async () => {
  const root = join(folder, 'vectors')
  const table = await createTable(root, { connection, columns, partitionBy: ['p'], properties: { 'delta.enableDeletionVectors': 'true' } })
  await table.append({ select: "SELECT range AS id, 'a' AS p FROM range(1000)" })
  await table.append({ select: "SELECT 1000 + range AS id, 'b' AS p FROM range(10)" })
  await table.delete({ where: 'id % 10 = 3' })
  await table.delete({ where: "p = 'b' AND id > 1000" })
  await table.delete({ where: 'id = 1000' })
  expect((await table.snapshot()).files.some((file) => file.deletionVector !== undefined)).toBe(true)
  const result = await table.optimize({ minBytes: 1 })
  const [entry] = await table.history({ limit: 1 })
  expect(Number(entry?.operationMetrics?.numDeletionVectorsRemoved)).toBe(result.filesRemoved)
  expect((await table.snapshot()).files.every((file) => file.deletionVector === undefined)).toBe(true)
  expect(await idsOf(table)).toEqual(Array.from({ length: 1000 }, (_, i) => i).filter((i) => i % 10 !== 3))
  expect(validateLog(root)).toEqual([])
})

test('a table with mapped columns, a change feed and in-commit times is optimized like any other', async () => {
  const root = join(folder, 'features')
  const table = await createTable(root, {
    connection,
    columns,
    partitionBy: ['p'],
    properties: { 'delta.columnMapping.mode': 'name', 'delta.enableChangeDataFeed': 'true', 'delta.enableInCommitTimestamps': 'true' },
  })
  for (let i = 0; i < 4; i++) await table.append({ select: `SELECT ${i} AS id, ['a', 'b'][${(i % 2) + 1}] AS p` })
  expect(await table.optimize({ where: [{ column: 'p', op: '=', value: 'b' }] })).toMatchObject({
    filesRemoved: 2,
    filesAdded: 1,
    partitions: 1,
  })
  expect(await table.optimize({ clusterBy: ['id'] })).toMatchObject({ filesRemoved: 3, filesAdded: 2, partitions: 2 })
  expect(await queryRows(connection, `SELECT * FROM (${await (await table.snapshot()).scanSql()}) ORDER BY id`)).toEqual(
    [0, 1, 2, 3].map((i) => ({ id: String(i), p: ['a', 'b'][i % 2] })),
  )
  await table.restore({ version: 3 })
  expect((await idsOf(table)).sort((a, b) => a - b)).toEqual([0, 1, 2])
  expect(validateLog(root)).toEqual([])
})

test('partition values keep the form that their writer chose', async () => {
  const root = join(folder, 'foreign')
  const table = await createTable(root, {
    connection,
    columns: [
      { name: 'id', type: 'long' },
      { name: 't', type: 'timestamp' },
    ],
    partitionBy: ['t'],
  })
  const add = async (version: number) => {
    await queryRows(connection, `COPY (SELECT ${version}::BIGINT AS id) TO '${join(root, `foreign-${version}.parquet`)}' (FORMAT parquet)`)
    const size = statSync(join(root, `foreign-${version}.parquet`)).size
    const action = {
      path: `foreign-${version}.parquet`,
      partitionValues: { t: '2024-01-01 00:00:00' },
      size,
      modificationTime: 1,
      dataChange: true,
    }
    writeFileSync(
      join(root, `_delta_log/${String(version).padStart(20, '0')}.json`),
      `${JSON.stringify({ commitInfo: {} })}\n${JSON.stringify({ add: action })}\n`,
    )
  }
  await add(1)
  await add(2)
  expect(await table.optimize()).toMatchObject({ filesRemoved: 2, filesAdded: 1 })
  expect((await table.snapshot()).files.map((file) => file.partitionValues)).toEqual([{ t: '2024-01-01 00:00:00' }])
  expect(await idsOf(table)).toEqual([1, 2])
})
