import { csv } from '@sluice/author'
import { expect, test } from 'vitest'
import { sniff } from './sniff.ts'

const expected = new Set(['id', 'name', 'total', 'sold on', 'seen_at'])
const sniffed = (head: string, wanted = true) =>
  sniff({ name: 'a.csv', head, whole: true, further: [], format: csv(), isWanted: (name) => wanted && expected.has(name.toLowerCase()) })

test.each([
  [
    'a space in a name and in the one record, which lacks a cell',
    'id;Name;total;Sold on;seen_at\none two;540.54;01/13/2026;2026-01-13T10:00Z\n',
    ';',
  ],
  ['a quoted name', 'id;"Name";total;Sold on;seen_at\none two;540.54;01/13/2026;2026-01-13T10:00Z\n', ';'],
  [
    'records of which half lack a cell, and commas in decimals',
    'id\tname\t"total"\tSold on\tseen_at\n0\toak\t780,57\t2026-01-19\t2026-01-19\none two\t1842,98\t\t2026-01-19\nelm\t12,9\t2026-01-23\t\n',
    '\t',
  ],
  ['titles above it', 'Sales, and more, of 2026\n\nid|name|total\n1|one, two, and three|5\n2|one, two, and four|6\n', '|'],
])('a line with the names that are expected tells how it is taken apart: %s', (_, head, delimiter) => {
  expect(sniffed(head).dialect.delimiter).toBe(delimiter)
})

test('one name that is expected may be a word of a title', () => {
  expect(sniffed('total, by day\nid;place\n1;Rome\n2;Oslo\n').dialect.delimiter).toBe(';')
})

test('spaces within names do not part them where another mark parts more', () => {
  expect(sniffed('nr;Name;price;Sold on;day\none two;540.54;01/13/2026;2026-01-13\n', false).dialect.delimiter).toBe(';')
})

test.each(['name city\nAnn Rome,Italy\nBob Oslo,Norway\n', 'a b\n1 2\n3 4\n'])('spaces part names where no other mark does: %j', (head) => {
  expect(sniffed(head, false).dialect.delimiter).toBe(' ')
})
