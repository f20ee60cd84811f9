import { load, model, sql, table, task, text } from '@sluice/author'
import { testAttempt } from '@sluice/author/testing'
import { expect, test } from 'vitest'
import { transformCapability } from './open.ts'

const unused = (): never => {
  throw new Error('opened before it was used')
}
const { steps } = transformCapability({ lake: unused, warehouse: unused })

const nothing = task({ name: 'land', run: () => undefined as never })
const silver = model({
  name: 'silver.x',
  on: 'lake',
  columns: { a: text() },
  refresh: { by: 'batch' },
  query: () => sql`select a from ${nothing}`,
})
const into = table({ name: 'public.x', columns: { a: text() }, key: [] })

test.each([
  ['silver.x', silver, 'land'],
  ['load_x', load({ from: silver, into, mode: 'append' }), 'silver.x'],
] as const)('%s says so when the step above gave no dataset, before it opens a store', async (name, step, above) => {
  await expect(steps?.[step.kind]?.(testAttempt(step))).rejects.toMatchObject({
    code: 'task.output',
    message: `${name} reads what ${above} wrote, and ${above} gave no dataset`,
  })
})
