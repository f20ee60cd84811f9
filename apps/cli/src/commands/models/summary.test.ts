import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { summary } from './test.ts'

const said = (...of: Parameters<typeof summary>): string => stripVTControlCharacters(summary(...of))

test('files that do not load are part of the sum: their tests did not run, and nobody says that none are there', () => {
  expect(said(2, 0, 0)).toBe('2 tests, ok')
  expect(said(2, 1, 1)).toBe('2 tests, 1 failed; files that do not load (1 error) ran no test')
  expect(said(0, 0, 2)).toBe('No test ran: 2 errors')
  expect(said(0, 0, 0)).toContain('There are no model tests')
})
