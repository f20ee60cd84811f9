import { expect, test } from 'vitest'
import { codeFrame } from './code-frame.ts'

const source = ['one', '\ttwo', 'three', 'four', 'five', 'six'].join('\n')

test.each<readonly [string, number, number | null, readonly string[]]>([
  [
    'in the middle, two lines before and after it',
    3,
    2,
    ['  1 | one', '  2 |  two', '> 3 | three', '    |  ^', '  4 | four', '  5 | five'],
  ],
  ['at the beginning', 1, 1, ['> 1 | one', '    | ^', '  2 |  two', '  3 | three']],
  ['at the end, without a column', 6, null, ['  4 | four', '  5 | five', '> 6 | six']],
])('a place is shown with what stands around it: %s', (_, line, column, frame) => {
  expect(codeFrame(source, line, column)).toBe(frame.join('\n'))
  expect(codeFrame(source.replaceAll('\n', '\r\n'), line, column)).toBe(frame.join('\n'))
})

test('line numbers stand under each other', () => {
  expect(codeFrame(Array.from({ length: 10 }, (_, at) => `l${at + 1}`).join('\n'), 9, 1)).toBe(
    ['   7 | l7', '   8 | l8', '>  9 | l9', '     | ^', '  10 | l10'].join('\n'),
  )
})

test('a line that is not there has no frame', () => {
  expect([0, 7].map((line) => codeFrame(source, line, 1))).toEqual([null, null])
})

test('of a line that a program made, what is around the column is shown, with the caret below it', () => {
  const [short = '', long = '', caret = '', next = ''] = (
    codeFrame(`a\n${'x'.repeat(3_000_000)}!${'y'.repeat(3_000_000)}\n${'z'.repeat(9_000)}`, 2, 3_000_001) ?? ''
  ).split('\n')
  expect([short, long.length < 500, next.length < 500]).toEqual(['  1 | a', true, true])
  expect(long.indexOf('!')).toBe(caret.indexOf('^'))
})
