import type { ColumnType } from '@sluice/author'
import { expect, test } from 'vitest'
import { judge } from './judge.ts'
import { postgres } from './testing/engines.ts'

const type: ColumnType = { kind: 'decimal', precision: 38, scale: 18, round: true }
const adjusted = (given?: ColumnType) => {
  const conversion = postgres.conversion(type, 'staged', given)
  return judge([{ name: 'price', type, required: false, orNull: true, conversion }], [], postgres).adjusted
}

test('values that are of the type of their column are left as they are, whatever it allows', () => {
  expect(adjusted(type)).toEqual([])
  expect(adjusted().flatMap(({ rules }) => rules.map(({ id }) => id))).toEqual(['type(price)', 'range(price)', 'rounded(price)'])
})
