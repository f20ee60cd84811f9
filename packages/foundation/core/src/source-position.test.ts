import { expect, test } from 'vitest'
import { positionAt, positionOfProperty } from './source-position.ts'

const source = `export default {
  name: 'é',
  budget: { name: 'a', limits: { warn: 1 } },
  "schedules": [{ warn: 2 }],
}`

test.each<readonly [readonly PropertyKey[], number, number]>([
  [['name'], 2, 3],
  [['budget', 'name'], 3, 13],
  [['budget', 'limits', 'warn'], 3, 34],
  [['schedules', 0, 'warn'], 4, 19],
  [['budget', 'unwritten'], 3, 3],
])('a property is found behind the one that holds it: %j', (path, line, column) => {
  expect(positionOfProperty(source, path)).toEqual({ line, column })
})

test('what is written nowhere has no place', () => {
  expect(positionOfProperty(source, ['unwritten'])).toBe(null)
})

test('columns count characters, and lines begin with 1', () => {
  expect(positionAt('a\n\u{1f600}b', 4)).toEqual({ line: 2, column: 2 })
})
