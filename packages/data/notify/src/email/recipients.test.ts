import { expect, test } from 'vitest'
import { recipients } from './recipients.ts'

test.each([
  ['a comma behind the last address', 'a@example.org, b@example.org, ', ['a@example.org', 'b@example.org']],
  ['commas alone between two', 'a@example.org,,b@example.org', ['a@example.org', 'b@example.org']],
  ['one address twice', 'a@example.org, A@Example.org', ['a@example.org']],
  ['a domain with other letters', 'é@exämple.org', ['é@xn--exmple-cua.org']],
  ['an address literal', 'a@[127.0.0.1]', ['a@[127.0.0.1]']],
])('%s is read as the addresses that it means', (_, to, addresses) => {
  expect(recipients(to, {})).toEqual({ addresses, refused: {} })
})

test.each([
  '',
  ' ',
  ',',
  'a@b@c',
  '"a b"@c.org',
  'a@example.org\r\nBcc: b@example.org',
  'a\0@example.org',
  'a@\u202eorg',
  'Name <a@b.org>',
  '__proto__',
])('what is not an address is refused: %j', (to) => {
  expect(() => recipients(to, {})).toThrow(expect.objectContaining({ code: 'notify.refused' }))
  expect(Object.keys(recipients(`ok@example.org,${to.replaceAll(',', '')}x@@`, {}).refused)).toHaveLength(1)
})
