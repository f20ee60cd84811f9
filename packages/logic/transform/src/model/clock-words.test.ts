import { rawSql } from '@sluice/author'
import { expect, test } from 'vitest'
import { refuseClock } from './clock-words.ts'

const found = (text: string): unknown => {
  try {
    refuseClock('count', rawSql(text))
    return undefined
  } catch (thrown) {
    return (thrown as { readonly facts: unknown }).facts
  }
}

test.each([
  ['select now()', 'now', 8],
  ['select NOW ()', 'now', 8],
  ['select current_date', 'current_date', 8],
  ["select 'Today'::date", "'today'", 8],
  ["select date ' now '", "' now '", 13],
  ["select cast('yesterday' as date)", "'yesterday'", 13],
  [String.raw`select E'it\'s', now() or 'x'`, 'now', 18],
])('a word that reads the clock is refused at its place: %s', (text, word, column) => {
  expect(found(text)).toEqual({ step: 'count', word, line: 1, column })
})

test.each([
  "select 'now()', 'today' -- now()",
  'select t.now, now, random from t',
  'select /* now() /* */ now() */ 1',
  'select "now"',
  "select $a1$ it's now() $a1$ where word = 'x'",
  String.raw`select E'it\'s', ' now() '`,
  'select unknown()',
])('what only looks like one passes: %s', (text) => {
  expect(found(text)).toBe(undefined)
})
