import { fc } from '@sluice/core/testing/properties'
import { expect, test } from 'vitest'
import { type Cells, differences } from './differences.ts'

const columns = ['id', 'name', 'n']
const of = (expected: readonly Cells[], actual: readonly Cells[], key = ['id']) => differences(columns, key, expected, actual)

test('rows that are equal are not told as different, in any order, each as often as it stands there', () => {
  const [a, b] = [
    ['1', 'a', null],
    ['2', 'b', '0'],
  ] as const
  expect(of([a, b, b], [b, a, b])).toEqual([])
  expect(of([a, b], [b, a, b])).toEqual([{ kind: 'unexpected', actual: b }])
  expect(of([a, a], [a])).toEqual([{ kind: 'missing', expected: a }])
})

test('null is not the text null', () => {
  expect(of([['1', 'null', null]], [['1', null, null]])).toEqual([
    { kind: 'changed', expected: ['1', 'null', null], actual: ['1', null, null], columns: ['name'] },
  ])
})

test('rows of one key are one row that changed, and name the columns', () => {
  expect(
    of(
      [
        ['1', 'a', '5'],
        ['2', 'b', '6'],
      ],
      [
        ['2', 'x', '7'],
        ['3', 'a', '5'],
      ],
    ),
  ).toEqual([
    { kind: 'missing', expected: ['1', 'a', '5'] },
    { kind: 'changed', expected: ['2', 'b', '6'], actual: ['2', 'x', '7'], columns: ['name', 'n'] },
    { kind: 'unexpected', actual: ['3', 'a', '5'] },
  ])
})

test('without a key the row that has most in common is the one meant, and one that has nothing in common is not', () => {
  expect(
    of(
      [['1', 'a', '5']],
      [
        ['9', 'a', '6'],
        ['1', 'a', '6'],
      ],
      [],
    ),
  ).toEqual([
    { kind: 'changed', expected: ['1', 'a', '5'], actual: ['1', 'a', '6'], columns: ['n'] },
    { kind: 'unexpected', actual: ['9', 'a', '6'] },
  ])
  expect(of([['1', 'a', '5']], [['2', 'b', '6']], [])).toHaveLength(2)
})

test('there are no differences exactly where both sides are the same multiset, and every row that differs is told once', () => {
  const row = fc.tuple(fc.constantFrom('1', '2'), fc.constantFrom('a', null), fc.constantFrom('0', '1'))
  const sorted = (rows: readonly Cells[]) => rows.map((each) => JSON.stringify(each)).sort()
  fc.assert(
    fc.property(fc.array(row, { maxLength: 6 }), fc.array(row, { maxLength: 6 }), fc.boolean(), (expected, actual, keyed) => {
      const found = of(expected, actual, keyed ? ['id'] : [])
      const same = JSON.stringify(sorted(expected)) === JSON.stringify(sorted(actual))
      expect(found.length === 0).toBe(same)
      const expectedLeft = found.filter((each) => 'expected' in each).length
      const actualLeft = found.filter((each) => 'actual' in each).length
      expect(expected.length - expectedLeft).toBe(actual.length - actualLeft)
      for (const each of found) if (each.kind === 'changed') expect(each.columns.length).toBeGreaterThan(0)
    }),
  )
})
