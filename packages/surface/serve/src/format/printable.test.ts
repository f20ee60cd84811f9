import pc from 'picocolors'
import { expect, test } from 'vitest'
import { definitionErrorText, failureText } from './failure.ts'
import { logLine } from './log-line.ts'
import { printable, printed, printedJson } from './printable.ts'
import { rowsTable } from './sql-rows.ts'
import { fields, table } from './table.ts'

/** Sets the colour, rings, sets the title, clears the screen, ends text at a NUL, begins a sequence in one code, turns the direction. */
const hostile = '\u001b[31mred\u001b[0m \u0007bell \u001b]0;title\u0007 \u001b[2J\u0000nul \u009b2J \u202egnp.exe\u2069'
const unprintable = /[^\P{Cc}\t\n]|[\u2028-\u202e\u2066-\u2069]/u

test('control codes of a text are shown, not sent, and all else stays as it is', () => {
  expect(printable(hostile)).toBe('␛[31mred␛[0m ␇bell ␛]0;title␇ ␛[2J␀nul \\x9b2J \\u202egnp.exe\\u2069')
  expect(printable('a\nb\r\nc\rOVERWRITE\td\u007f')).toBe('a\nb\nc␍OVERWRITE\td␡')
  expect(printable('日本 é 🙂 \u200f')).toBe('日本 é 🙂 \u200f')
})

test('of all sequences only the colours of this program reach the terminal', () => {
  const colours = pc.isColorSupported
  expect(printed(`${pc.red('failed')} ${pc.dim('x')}`)).toBe(`${pc.red('failed')} ${pc.dim('x')}`)
  expect(printed('\u001b[31mred')).toBe(colours ? '\u001b[31mred' : '␛[31mred')
  expect(printed('\u001b[8mhidden\u001b[2J')).toBe('␛[8mhidden␛[2J')
})

test('JSON keeps a text to the letter, and tells a terminal nothing', () => {
  const json = printedJson(JSON.stringify({ [hostile]: hostile }, null, 2))
  expect(json).not.toMatch(unprintable)
  expect(JSON.parse(json)).toEqual({ [hostile]: hostile })
})

test.each([
  [
    'a line of a log',
    () =>
      logLine({ at: `2026-11-21T03:30:01.204Z`, level: hostile, message: hostile, facts: { [hostile]: `${hostile} b`, e: { hostile } } }),
  ],
  [
    'an error',
    () => failureText({ code: hostile, kind: 'bug', message: hostile, next: hostile, stack: hostile, facts: { frame: `> ${hostile}!` } }),
  ],
  [
    'a definition error',
    () => definitionErrorText({ project: hostile, file: hostile, line: 1, column: 1, message: hostile, next: hostile, frame: hostile }, {}),
  ],
  ['a row that a query gave', () => rowsTable({ columns: [{ name: hostile, type: 'text' }], rows: [[hostile]] })],
  ['a table', () => table([hostile], [{ title: hostile, of: String, show: pc.red }], '')],
  ['fields', () => fields([['name', hostile]])],
])('%s tells a terminal nothing, with colours and without', (_, text) => {
  const shown = text()
  expect(shown).toContain('␛]0;title␇')
  expect(shown.replaceAll(/\p{Cc}\[(?:[12]|22|3[1-6]|39)m/gu, '')).not.toMatch(unprintable)
})
