import { join } from 'node:path'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { expect, test } from 'vitest'
import { parseExpression } from '../expression.ts'
import { scratchOn } from '../scratch.ts'
import { queryRows } from '../sql.ts'
import { createTable, type DeltaTable } from '../table.ts'
import { workplace } from '../testing/workplace.ts'
import { pairsOf } from './merge-plan.ts'
import { keepSource, meetsSource, mergeKeys } from './merge-source.ts'

const { connection, folder } = await workplace()

const columns = [
  { name: 'id', type: 'integer' },
  { name: 'p', type: 'string' },
  { name: 'n', type: 'long' },
] as const

const on = 'target.id = source.id AND target.p = source.p'

/** Three files of ids that each begin at 0. */
async function filled(name: string, rows: number): Promise<DeltaTable> {
  const table = await createTable(join(folder, name), { connection, columns })
  for (const p of ['a', 'b', 'c'])
    await table.append({ select: `SELECT range::INTEGER AS id, '${p}' AS p, 0::BIGINT AS n FROM range(${rows})` })
  return table
}

test.each(['INTEGER', 'BIGINT'])('a merge by two columns finds its rows in several files, its keys of the type %s', async (type) => {
  const seed = seedOfRun()
  const random = seeded(seed)
  const table = await filled(`keys-${type}`, 10)
  const keys = new Map(
    Array.from({ length: 15 }, () => [random.integer(14), random.pick(['a', 'b', 'c', 'd'])] as const).map((key) => [key.join(), key]),
  )
  const source = `SELECT id::${type} AS id, p, 7 AS n FROM (VALUES (NULL, 'a'), (1, NULL), ${[...keys.values()].map(([id, p]) => `(${id}, '${p}')`).join(', ')}) AS t(id, p)`
  const updatedRows = [...keys.values()].filter(([id, p]) => id < 10 && p !== 'd').length
  expect(await table.merge({ source, on, updateAll: true, insertAll: true }), `SLUICE_SEED=${seed}`).toMatchObject({
    updatedRows,
    insertedRows: keys.size + 2 - updatedRows,
  })
  const rows = await queryRows(connection, `SELECT id, p, n::INTEGER AS n FROM (${await (await table.snapshot()).scanSql()})`)
  expect(rows.filter(({ id, p }) => keys.has(`${id},${p}`)).map(({ n }) => n)).toEqual(Array.from(keys, () => 7))
  expect(rows.filter(({ n }) => n === 7)).toHaveLength(keys.size + 2)
  expect(rows).toHaveLength(30 + keys.size + 2 - updatedRows)
})

test('the source is what is hashed, also where DuckDB takes the files of a table for fewer rows than the source has', async () => {
  const snapshot = await (await filled('hashed', 50_000)).snapshot()
  await using scratch = scratchOn(connection)
  const source = await keepSource(connection, scratch, "SELECT range::INTEGER AS id, 'a' AS p FROM range(20000)")
  const parsed = await parseExpression(connection, on, 'condition')
  const keys = await mergeKeys(connection, parsed, { schema: snapshot.schema, partitionColumns: [], mapping: 'none' }, source)
  const deleting = { when: undefined, text: undefined, values: undefined }
  const scan = `SELECT *, 0 AS "$file", 0 AS "$row" FROM (${await snapshot.scanSql()})`
  const planOf = async (meets: string | undefined) => {
    const sql = pairsOf({ matched: [deleting], bySource: [], inserts: [] }, scan, source, { on: parsed, meets }, undefined)
    return JSON.stringify(await queryRows(connection, `EXPLAIN ${sql}`))
  }
  expect(await planOf(undefined)).not.toMatch(/Join Type: MARK/)
  expect(await planOf(meetsSource(keys, source))).toMatch(/Join Type: MARK/)
})
