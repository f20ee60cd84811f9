import { dataset, integer, text } from '@sluice/author'
import { type BatchWrite, batchId, manualRunKey } from '@sluice/core'
import { openPool } from '@sluice/postgres'
import { cloneDatabase, serversForTests } from '@sluice/postgres/testing'
import { describe, expect, test } from 'vitest'
import { createTableSql, loadBatch, migratePlatform } from '../index.ts'

const words = dataset('public.words', { on: 'warehouse', columns: { word: text() } })
const pairs = dataset('public.pairs', { on: 'warehouse', columns: { word: text(), n: integer() } })

const { servers, absent } = await serversForTests()
for (const reason of absent) test.skip(reason)

const writeOf = (name: string): BatchWrite => {
  const of = { project: 'demo', pipeline: 'p', task: 'load', dataset: `demo:warehouse.public.${name}` }
  const batch = batchId({ ...of, mapKey: null, runKey: manualRunKey(name), write: 'main' })
  return { ...of, run: name, attempt: 1, batch, generation: 0, logicalTime: 0, inputs: [] }
}
async function* csv(text: string) {
  yield text
}

describe.each(servers)('PostgreSQL $major', ({ start }) => {
  test('a line that is \\. is a value of its only column, and what follows is read', async () => {
    await using database = await cloneDatabase(await start())
    await migratePlatform(database.url)
    const pool = openPool(database.url)
    for (const statement of [words, pairs].flatMap((table) => createTableSql(table))) await pool.query(statement)
    const text = 'a\n\\.\n"b\n\\.\nb"\n\\.x\n\\.'
    const receipt = await loadBatch(pool, { write: writeOf('words'), table: words, mode: 'append', columns: ['word'], source: csv(text) })
    expect(receipt).toMatchObject({ rowsIn: 5, rowsWritten: 5 })
    expect(await pool.query('select word from words order by word collate "C"')).toEqual(
      ['\\.', '\\.', '\\.x', 'a', 'b\n\\.\nb'].map((word) => ({ word })),
    )
    // Of two columns one is missing there: the line is refused, never the end.
    const short = loadBatch(pool, {
      write: writeOf('pairs'),
      table: pairs,
      mode: 'append',
      columns: ['word', 'n'],
      source: csv('a,1\n\\.\nb,2\n'),
    })
    await expect(short).rejects.toMatchObject({ code: 'input.invalid', facts: { line: 2 } })
    await pool.end()
  })
})
