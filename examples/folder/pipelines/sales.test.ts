import { join } from 'node:path'
import { sql, text } from 'sluice'
import { testWorld } from 'sluice/testing'
import { expect, test } from 'vitest'
import { sales } from '../datasets/sales.ts'
import pipeline from './sales.ts'

test('a folder is pulled once, and a row that breaks a rule is in quarantine', async () => {
  await using world = await testWorld({ project: 'folder', folder: join(import.meta.dirname, '..') })
  const output = { batches: 2, rowsIn: 5, rowsWritten: 4, rowsQuarantined: 1 }
  expect((await world.run(pipeline)).tasks).toMatchObject([{ state: 'success', output: { ...output, files: { new: 2 } } }])
  expect((await world.run(pipeline)).tasks).toMatchObject([{ state: 'success', output: { ...output, files: { new: 0 } } }])
  expect(await world.rows({ customer: text() }, sql`select customer from ${sales} order by order_id`)).toEqual(
    ['Ada', 'Bob', 'Eve', 'Fay'].map((customer) => ({ customer })),
  )
})
