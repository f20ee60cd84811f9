import { expect, test } from 'vitest'
import { cutText } from './cut-text.ts'

test('a long text keeps its beginning and its end, and says how much lies between', () => {
  expect(cutText('short', 8)).toBe('short')
  expect(cutText('0123456789', 8)).toBe('012345 [... 2 characters left out ...] 89')
  expect(cutText('y'.repeat(50_000_000), 1_000)).toMatch(/^y{750} \[\.\.\. 49,999,000 characters left out \.\.\.\] y{250}$/)
})

test('no character is cut in two', () => {
  for (let most = 4; most < 40; most++) expect(cutText('🙂'.repeat(40), most)).not.toMatch(/\p{Surrogate}/u)
})
