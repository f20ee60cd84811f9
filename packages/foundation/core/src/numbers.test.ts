import { expect, test } from 'vitest'
import { numbersIn } from './numbers.ts'

/** As a reader sees it: every kind of space is one. */
const plain = (text: string): string => text.replaceAll(/[\u00a0\u202f]/g, ' ')
const french = numbersIn('fr-FR')
const english = numbersIn('en-US')

test.each<readonly ['amount' | 'price' | 'signedPercent' | 'percent' | 'whole', string | number | null, string, string]>([
  ['amount', '1957189810291.178454323800586700', '1 957 Md $', '$1,957B'],
  ['amount', '830100000000', '830,1 Md $', '$830.1B'],
  ['amount', '12000000', '12 M $', '$12M'],
  ['amount', '-2500000', '−2,5 M $', '−$2.5M'],
  ['amount', '950', '950 $', '$950'],
  ['amount', null, '–', '–'],
  ['price', '56504.891234', '56 504,89 $', '$56,504.89'],
  ['price', '1.0003', '1,0003 $', '$1.0003'],
  ['price', '9.5', '9,50 $', '$9.50'],
  ['price', '0.7436', '0,7436 $', '$0.7436'],
  ['price', '0.00003868', '0,00003868 $', '$0.00003868'],
  ['price', 0, '0,00 $', '$0.00'],
  ['signedPercent', '4.30', '+4,30 %', '+4.30%'],
  ['signedPercent', '-4.546', '−4,55 %', '−4.55%'],
  ['signedPercent', '-0.004', '0,00 %', '0.00%'],
  ['signedPercent', null, '–', '–'],
  ['percent', 10, '10,00 %', '10.00%'],
  ['whole', 5760, '5 760', '5,760'],
])('%s of %s', (kind, value, inFrench, inEnglish) => {
  expect([plain(french[kind](value)), plain(english[kind](value))]).toEqual([inFrench, inEnglish])
})

test('a space in a figure never breaks a line', () => {
  expect([french.amount(1.957e12), french.price(56_504.89), french.signedPercent(4.3)].join('')).not.toContain(' ')
})

test('a count asks for its word as the language does: none is singular in French, and plural in English', () => {
  const counts = [0, 1, 2, 5760]
  expect(counts.map((count) => plain(french.counted(count, 'ligne')))).toEqual(['0 ligne', '1 ligne', '2 lignes', '5 760 lignes'])
  expect(counts.map((count) => english.counted(count, 'row'))).toEqual(['0 rows', '1 row', '2 rows', '5,760 rows'])
  expect(french.counted(2, 'ligne mise', 'lignes mises')).toBe('2 lignes mises')
})
