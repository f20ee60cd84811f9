import { dataset, fileSource, integer, pull, text } from '@sluice/author'
import { expect, test } from 'vitest'
import type { DriftEvent } from './columns.ts'
import { type DeclaredColumns, declaredOf, readsOtherwise } from './redeclared.ts'

type Drift = NonNullable<Parameters<typeof fileSource>[0]['drift']>

const declared = (drift: Drift, columns: object = {}, more: object = {}): DeclaredColumns => {
  const into = dataset('silver.orders', { on: 'lake', columns: { id: integer(), customer: text(), ...more } })
  return pull({ from: fileSource({ folder: 'inbox', drift }), into: into as never, columns: columns as never }) as never
}
const left: DriftEvent = { event: 'new', column: 'Discount', policy: 'ignore' }
const added: DriftEvent = { ...left, policy: 'add' }
const missing: DriftEvent = { event: 'missing', column: 'customer', policy: 'ignore' }
const strange: DriftEvent = { event: 'new', column: 'Customers', policy: 'ignore' }
const renamed: DriftEvent = { event: 'renamed', column: 'customer', from: 'Customers', by: 'name', policy: 'add' }

test.each<[string, boolean, readonly DriftEvent[], DeclaredColumns]>([
  ['a column that was left out is added', true, [left], declared({ new: 'add' })],
  ['a column that was added is left out', true, [added], declared({ new: 'ignore' })],
  ['a column that was left out is declared', true, [left], declared('ignore', {}, { discount: text() })],
  ['a column that was left out is named by the pull', true, [strange, missing], declared('ignore', { customer: 'Customers' })],
  ['a column that was null has one of nearly its name', true, [missing, strange], declared({ missing: 'ignore', renamed: 'add' })],
  ['a column of nearly the name is not taken any more', true, [renamed], declared({ renamed: 'ignore' })],
  ['nothing of it is declared otherwise', false, [left, missing], declared('ignore')],
  ['it would be refused now', false, [left], declared({ new: 'refuse' })],
  ['it would be refused for another column', false, [left, missing], declared({ new: 'add', missing: 'refuse' })],
  ['another column is declared', false, [left], declared('ignore', {}, { note: text() })],
])('a file is read otherwise or not: %s', (_, otherwise, events, now) => {
  expect(readsOtherwise(events, now)).toBe(otherwise)
})

test('what says how columns are filled changes the mark of a declaration, and nothing else does', () => {
  const of = declaredOf(declared('ignore'))
  expect(of).toMatch(/^[0-9a-f]{12}$/)
  expect(declaredOf(declared('ignore'))).toBe(of)
  for (const other of [declared('add'), declared('ignore', { id: 'No' }), declared('ignore', {}, { more: text() })])
    expect(declaredOf(other)).not.toBe(of)
})
