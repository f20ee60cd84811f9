import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { definitionErrorText, failuresText, failureText } from './failure.ts'
import { logLine, readLogLine } from './log-line.ts'
import { fields, table } from './table.ts'
import { bytes, count, counted, momentIn, relative, state, took } from './words.ts'

const plain = stripVTControlCharacters
const now = Date.UTC(2026, 10, 21, 12)

test('a table aligns its columns, whatever colours and wide characters are in them', () => {
  const rows = [
    { name: 'a', rows: 1_234, state: 'success' },
    { name: '日本', rows: 5, state: 'failed' },
  ]
  const text = table(
    rows,
    [
      { title: 'NAME', of: ({ name }) => name },
      { title: 'ROWS', of: (row) => count(row.rows), align: 'right' },
      { title: 'STATE', of: (row) => state(row.state) },
    ],
    'none',
  )
  expect(plain(text)).toBe(['NAME   ROWS  STATE', 'a     1,234  success', '日本      5  failed'].join('\n'))
})

test('an empty table says so, and a cell with line breaks stays one line', () => {
  expect(plain(table([], [{ title: 'X', of: String }], 'There is nothing.'))).toBe('There is nothing.')
  expect(plain(table(['a\n  b'], [{ title: 'X', of: String }], ''))).toBe('X\na b')
})

test('fields leave out what is not there', () => {
  expect(
    plain(
      fields([
        ['run', '7'],
        ['params', ''],
        ['logical time', 'now'],
        ['tags', undefined],
      ]),
    ),
  ).toBe('run           7\nlogical time  now')
})

test('times are relative to now, both ways, and never more exact than a person reads', () => {
  expect([null, now, now - 5_000, now - 90_000, now - 26 * 3_600_000, now + 600_000].map((at) => relative(at, now))).toEqual([
    '-',
    'now',
    '5s ago',
    '1m ago',
    '1d ago',
    'in 10m',
  ])
  expect(took(now - 1_500, null, now)).toBe('1.5s')
  expect([0, 999, 1_000, 12_345_678, null].map(bytes)).toEqual(['0 B', '999 B', '1.0 KB', '12.3 MB', '-'])
})

test('an error shows its code, its words and what to do; a stack only for a bug', () => {
  const error = { code: 'not_found', kind: 'permanent', message: 'no x', next: 'Use y.', stack: 'at z' } as const
  expect(plain(failureText(error))).toBe('error not_found  no x\nnext   Use y.')
  expect(plain(failureText({ ...error, code: 'bug.unreachable', kind: 'bug' }))).toContain('at z')
})

test('a definition error shows place, frame and what to do', () => {
  const frame = '  2 | x\n> 3 | y\n    |   ^'
  const error = { project: 'shop', file: 'pipelines/a.ts', line: 3, column: 7, message: 'boom', next: 'Fix it.', frame }
  const text = plain(definitionErrorText(error, { shop: 'projects/store' }))
  expect(text).toMatch(/^error {2}projects\/store\/pipelines\/a\.ts:3:7$/m)
  expect(plain(definitionErrorText(error, { shop: '' }))).toMatch(/^error {2}pipelines\/a\.ts:3:7$/m)
  expect(text).toContain('> 3 | y')
  expect(text).toContain('Fix it.')
})

test('a moment of a zone says how far that is from UTC, on both sides of the change of the clocks', () => {
  const at = (zone: string, text: string) => momentIn(zone, Date.parse(text))
  expect(at('Europe/Paris', '2026-10-25T00:30:00Z')).toBe('2026-10-25 02:30:00 +02:00')
  expect(at('Europe/Paris', '2026-10-25T01:30:00Z')).toBe('2026-10-25 02:30:00 +01:00')
  expect(at('UTC', '2026-11-21T00:00:05Z')).toBe('2026-11-21 00:00:05 +00:00')
  expect(at('America/St_Johns', '2026-11-21T02:00:00Z')).toBe('2026-11-20 22:30:00 -03:30')
})

test('log lines of ours become entries; anything else is a message by itself', () => {
  const entry = readLogLine('{"at":"2026-11-21T03:30:01.204Z","level":"warn","message":"slow","facts":{"rows":120,"what":"a b"}}')
  expect(plain(logLine(entry))).toBe("03:30:01.204 warn  slow  rows=120 what='a b'")
  expect(readLogLine('Segmentation fault')).toEqual({ at: null, level: 'info', message: 'Segmentation fault', facts: null })
  expect(readLogLine('42').message).toBe('42')
})

test('the stack of an error stands below its line, and its message once', () => {
  const stack = 'Error: no file\nof that name\n    at run (a.ts:1:2)\n    at async go (b.ts:3:4)'
  const facts = { code: 'task.failed', message: 'no file\nof that name', stack }
  const entry = { at: '2026-11-21T03:30:01.204Z', level: 'error', message: 'no file\nof that name', facts }
  expect(plain(logLine(entry))).toBe(
    '03:30:01.204 error no file\nof that name  code=task.failed\n    at run (a.ts:1:2)\n    at async go (b.ts:3:4)',
  )
  expect(
    plain(logLine({ ...entry, message: 'it failed', facts: { message: 'no file', stack: 'Error: no file\n    at run (a.ts:1:2)' } })),
  ).toBe("03:30:01.204 error it failed  message='no file'\n    Error: no file\n    at run (a.ts:1:2)")
})

test('an error of a log is its message, what to do, and the frames of the project at the files of the project', () => {
  const copy = 'file:///srv/my%20data/.sluice/versions/0123456789abcdef/shop'
  const stack = [
    'SqlError: column "statoin" is not there',
    'did you mean station?',
    '    at query (/srv/my data/node_modules/@sluice/x/src/query.ts:3:4)',
    `    at async fetchAssets (${copy}/sources/the%20assets.ts:17:9)`,
    `    at async helper (${copy}/node_modules/left-pad/index.js:1:1)`,
    `    at async ${copy}/pipelines/sales.ts:40:5`,
    'caused by: Error: the server said no',
    '    at Socket.<anonymous> (node:net:1:1)',
    `    at read (${copy}/sources/the%20assets.ts:20:1)`,
  ].join('\n')
  const message = 'column "statoin" is not there\ndid you mean station?'
  const facts = {
    code: 'task.failed',
    kind: 'retryable',
    message,
    next: 'Look at shop/sources/the assets.ts:17:9, where it was thrown; correct it and clear the task.',
    stack,
    facts: { place: 'shop/sources/the assets.ts:17:9', sql: 'select statoin\nfrom readings' },
    outcome: 'failed',
  }
  const line = (folders: readonly string[]) =>
    plain(logLine(readLogLine(JSON.stringify({ at: '2026-11-21T03:30:01.204Z', level: 'error', message, facts })), folders))
  expect(line(['projects/crypto', 'projects/shop'])).toBe(
    [
      '03:30:01.204 error column "statoin" is not there',
      'did you mean station?  code=task.failed outcome=failed',
      '    sql: select statoin',
      '      from readings',
      '    next Look at projects/shop/sources/the assets.ts:17:9, where it was thrown; correct it and clear the task.',
      '    at async fetchAssets (projects/shop/sources/the assets.ts:17:9)',
      '    at async projects/shop/pipelines/sales.ts:40:5',
      '    caused by: Error: the server said no',
      '    at read (projects/shop/sources/the assets.ts:20:1)',
    ].join('\n'),
  )
  expect(line(['a/shop', 'b/shop'])).toContain('at async fetchAssets (shop/sources/the assets.ts:17:9)')
})

test('an error that many tasks failed with is shown once, with the first of them', () => {
  const error = (message: string) => ({ code: 'x', kind: 'permanent', message, next: 'Do y.', stack: 'at z' }) as const
  const tasks = ['a', 'b', 'c', 'd', 'e'].map((task) => ({ task, error: error('away') }))
  expect(failuresText([{ task: 'fine', error: null }, ...tasks, { task: 'f', error: error('wrong') }]).map(plain)).toEqual([
    'a, b, c and 2 more:\nerror x  away\nnext   Do y.',
    'f:\nerror x  wrong\nnext   Do y.',
  ])
  expect(failuresText(tasks.slice(0, 4)).map(plain)).toEqual(['a, b, c, d:\nerror x  away\nnext   Do y.'])
})

test('a count agrees with its word', () => {
  expect([0, 1, 1_234].map((n) => counted(n, 'run'))).toEqual(['0 runs', '1 run', '1,234 runs'])
})
