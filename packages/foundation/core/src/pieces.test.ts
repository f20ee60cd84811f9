import { expect, test } from 'vitest'
import { joinedPieces } from './pieces.ts'

test('short texts are joined until they are long enough, and nothing is lost', () => {
  expect(joinedPieces(['ab', 'c', 'd', 'efghij', 'k'], 3)).toEqual(['abc', 'defghij', 'k'])
  expect(joinedPieces([])).toEqual([])
})
