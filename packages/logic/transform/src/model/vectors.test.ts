import { dataset, integer, type Model, model, rawSql, sql, text } from '@sluice/author'
import { testReading } from '@sluice/author/testing'
import { openTable } from '@sluice/delta'
import { temporaryLake, writeTo } from '@sluice/lake/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runModel } from './run.ts'

const columns = { id: integer({ notNull: true }), v: text() }
const stock = (more: { readonly deletionVectors?: boolean }) => dataset('silver.stock', { on: 'lake', columns, key: ['id'], ...more })

let at: Awaited<ReturnType<typeof temporaryLake>>
beforeEach(async () => {
  at = await temporaryLake()
})
afterEach(() => at.close())

async function write(more: { readonly deletionVectors?: boolean }, tick: number, rows: string): Promise<void> {
  const into = stock(more)
  const of = model({ into, refresh: 'key', query: () => sql`${rawSql(`select id::integer as id, v from (${rows})`)}` }) as unknown as Model
  await runModel({ model: of, write: writeTo('silver.stock', { tick: tick * 3_600_000 }), reading: testReading([into]), lake: at.lake })
}

/** What stands: each file by the rows that are marked in it. */
async function stands() {
  const connection = await at.lake.connect()
  try {
    const table = await openTable(at.lake.storage.at('demo/silver/stock'), { connection: connection.raw })
    const { files, properties } = await table.snapshot()
    const marked = new Map(files.map(({ path, deletionVector }) => [path, deletionVector?.cardinality ?? 0]))
    return { marked, vectors: properties['delta.enableDeletionVectors'] }
  } finally {
    connection.close()
  }
}
const shown = async () =>
  (await Array.fromAsync(at.lake.read('silver.stock')))
    .flat()
    .map(({ id, v }) => `${id}${v}`)
    .toSorted()

const hundred = "select range as id, 'old' as v from range(100)"
const corrected = "select * from (values (7, 'new'), (100, 'new')) t (id, v)"

test('a write by key marks the rows that it replaces, where the dataset takes deletion vectors, and leaves their file as it is', async () => {
  await write({ deletionVectors: true }, 1, hundred)
  const [file] = (await stands()).marked.keys()
  await write({ deletionVectors: true }, 2, corrected)
  const { marked } = await stands()
  expect([marked.get(file ?? ''), marked.size]).toEqual([1, 2])
  expect(await shown()).toHaveLength(101)
  expect(await shown()).toEqual(expect.arrayContaining(['7new', '100new']))
})

test('without the option each file that holds one is written anew, so that every engine reads the table', async () => {
  await write({}, 1, hundred)
  const [file] = (await stands()).marked.keys()
  await write({}, 2, corrected)
  const { marked, vectors } = await stands()
  expect([marked.has(file ?? ''), vectors]).toEqual([false, undefined])
  expect([...marked.values()].every((rows) => rows === 0)).toBe(true)
})

test('a table takes the option over, and gives it back, and shows the same rows', async () => {
  await write({}, 1, hundred)
  await write({ deletionVectors: true }, 2, corrected)
  expect((await stands()).vectors).toBe('true')
  await write({ deletionVectors: false }, 3, "select 8 as id, 'newer' as v")
  const { marked, vectors } = await stands()
  expect([vectors, [...marked.values()].filter((rows) => rows > 0)]).toEqual(['false', []])
  await write({}, 4, "select 9 as id, 'newest' as v")
  expect((await stands()).vectors).toBe('false')
  expect(await shown()).toHaveLength(101)
  expect(await shown()).toEqual(expect.arrayContaining(['7new', '8newer', '9newest', '100new']))
})
