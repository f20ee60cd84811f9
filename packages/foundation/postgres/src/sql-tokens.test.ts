import { expect, test } from 'vitest'
import { sqlTokens } from './sql-tokens.ts'

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
  ['$1x x', [4]],
  ['/* x', []],
  ["'x", []],
])('a word is what stands in no comment, text, quoted name or dollar quote: %s', (text, places) => {
  expect([...sqlTokens(text)].filter((token) => token.kind === 'word' && token.text === 'x').map(({ at }) => at)).toEqual(places)
})

test('two texts may be read at the same time', () => {
  const [one, other] = [sqlTokens('a /* 1 */ b'), sqlTokens('c "d"')]
  const read = [one, other, one, other, one, other].map((tokens) => tokens.next().value?.text)
  expect(read).toEqual(['a', 'c', '/* 1 */', '"d"', 'b', undefined])
})
