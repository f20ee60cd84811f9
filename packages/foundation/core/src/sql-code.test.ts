import { expect, test } from 'vitest'
import { endOfComment, inCode } from './sql-code.ts'

const word = '(?<wanted>x)'

test.each([
  ['x -- x\nx', [0, 7]],
  ['/* x /* x */ x */ x', [18]],
  ["'x' x 'it''s x' x", [4, 16]],
  [String.raw`E'it\'s x' x`, [11]],
  [String.raw`'x\' x`, [5]],
  [String.raw`date'\' x 'x'`, [8]],
  ['"x" x "a""x"', [4]],
  ['$$ x $$ x', [8]],
  ["$t1$ it's x $t$ x $t1$ x", [23]],
  ['a$b$ x $b$', [5]],
  ['/* x', []],
  ["'x", [1]],
])('code is what stands in no comment, text or quoted name: %s', (text, places) => {
  expect(inCode(text, word).map(({ at }) => at)).toEqual(places)
})

test('a pattern that begins a text takes the text whole, and what has no group is passed over', () => {
  const found = inCode("'y' 'x' ::x :x", "(?<wanted>'x'|:x)|::x")
  expect(found).toEqual([
    { at: 4, length: 3, wanted: "'x'" },
    { at: 12, length: 2, wanted: ':x' },
  ])
})

test('a comment ends where the last one in it has ended, and without an end with the text', () => {
  expect(endOfComment('/* a /* b */ c */ d')).toBe(17)
  expect(endOfComment('/* a /* b */ c')).toBe(14)
})
