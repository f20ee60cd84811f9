import { expect, test } from 'vitest'
import { retryAfterMs } from './retry-after.ts'

const now = Date.parse('2026-11-21T03:30:00Z')

test.each([
  ['120', 120_000],
  [' 0 ', 0],
  ['31536000', 31_536_000_000],
  ['99999999999999999999', 1e23],
  ['9'.repeat(400), Number.MAX_VALUE],
  ['Sat, 21 Nov 2026 03:31:00 GMT', 60_000],
  ['Saturday, 21-Nov-26 03:31:00 GMT', 60_000],
  ['Sat Nov 21 03:31:00 2026', 60_000],
  ['Sat, 21 Nov 2026 03:00:00 GMT', 0],
  ...[
    '1.5',
    '-5',
    '+5',
    '1e3',
    '0x10',
    '5s',
    '5, 6',
    'soon',
    '',
    '2026-11-21',
    '2026-11-21T03:31:00Z',
    'Sat, 41 Nov 2026 03:31:00 GMT',
  ].map((text): [string, undefined] => [text, undefined]),
  [undefined, undefined],
])('reads %s as %s ms', (header, expected) => {
  expect(retryAfterMs(header, now)).toBe(expected)
})
