import { join } from 'node:path'
import { bigint, dataset, fileSource } from '@sluice/author'
import { temporaryLake } from '@sluice/lake/testing'
import { afterAll, expect, test } from 'vitest'
import { contentsOf, inboxAt, pullOnce } from './pull.cases.ts'

const { lake, root, close } = await temporaryLake({ memoryLimitMb: 40 })
afterAll(close)

test('a file for whose columns the memory does not suffice is told alone, and the others are taken', async () => {
  const into = dataset('silver.rows', { on: 'lake', columns: { id: bigint({ notNull: true }) } })
  const inbox = inboxAt(join(root, 'inbox'))
  const numbers = Array.from({ length: 6_000 }, (_, at) => String(at))
  inbox.put('a.csv', 'id\n1\n')
  // The line end within a cell lets the file be written anew, each record in a line.
  inbox.put(
    'b.csv',
    `id,${numbers
      .slice(1)
      .map((at) => `c${at}`)
      .join(',')}\n${`${numbers.join(',')}\n`.repeat(200)}"1\n2"\n`,
  )
  inbox.put('c.csv', 'id\n2\n')
  const source = fileSource({ name: 'inbox', folder: 'inbox' })
  const { error, receipts } = await pullOnce({ lake, inbox, source, into })
  expect(error).toMatchObject({ code: 'file.limit', message: 'b.csv: it wants more memory than DuckDB may take' })
  expect(receipts.map(({ file }) => file?.path)).toEqual(['a.csv', 'c.csv'])
  expect((await contentsOf(lake, into)).rows).toEqual(['1', '2'])
})
