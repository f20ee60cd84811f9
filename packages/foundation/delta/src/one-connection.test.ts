import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commitPath } from './log/segment.ts'
import { queryRows } from './sql.ts'
import { createTable, openTable } from './table.ts'
import { workplace } from './testing/workplace.ts'

const { connection, folder } = await workplace()
const columns = [{ name: 'id', type: 'long' }] as const

test('tables that are opened concurrently on one connection have all their files', async () => {
  const { root, checkpoint } = await createTable(join(folder, 'many files'), { connection, columns })
  const adds = Array.from({ length: 9_000 }, (_, index) =>
    JSON.stringify({ add: { path: `${index}.parquet`, partitionValues: {}, size: 1, modificationTime: 1, dataChange: true } }),
  )
  writeFileSync(join(root, commitPath(1)), `{"commitInfo":{}}\n${adds.join('\n')}\n`)
  await checkpoint()
  const counts = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const table = await openTable(root, { connection })
      return (await table.snapshot()).files.length
    }),
  )
  expect(counts).toEqual([9_000, 9_000, 9_000, 9_000])
})

test('concurrent row changes on one connection mark their own rows', async () => {
  const tables = await Promise.all(
    [3, 5, 7].map(async (divisor) => {
      const properties = { 'delta.enableDeletionVectors': 'true' }
      const table = await createTable(join(folder, `by ${divisor}`), { connection, columns, properties })
      await table.append({ select: 'SELECT range AS id FROM range(50000)' })
      return { table, divisor }
    }),
  )
  await Promise.all(tables.map(({ table, divisor }) => table.delete({ where: `id % ${divisor} = 1` })))
  for (const { table, divisor } of tables) {
    const scan = await (await table.snapshot()).scanSql()
    const [row] = await queryRows(connection, `SELECT count(*) AS n, count(*) FILTER (id % ${divisor} = 1) AS marked FROM (${scan})`)
    expect([Number(row?.n), Number(row?.marked)]).toEqual([50_000 - Math.ceil(49_999 / divisor), 0])
  }
})
