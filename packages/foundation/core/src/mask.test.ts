import { expect, test } from 'vitest'
import { maskOf } from './mask.ts'

const secret = 'S3cr3t/k+y "7" <Zürich>'
const bytes = Buffer.from(secret)

const wrapped = (wrap: (text: string) => string, times: number): string => (times === 0 ? secret : wrap(wrapped(wrap, times - 1)))

test.each([
  ['as it is', secret],
  ['in capitals', secret.toUpperCase()],
  ['in small letters', secret.toLowerCase()],
  ['backwards', [...secret].toReversed().join('')],
  ['taken apart', [...secret].join('-')],
  ['a list of characters', JSON.stringify([...secret.replaceAll('"', '')]), secret.replaceAll('"', '')],
  ['in JSON', JSON.stringify(secret)],
  ['in JSON in JSON', JSON.stringify(JSON.stringify({ key: secret }))],
  ['in a URL', `https://x.org/?q=${encodeURIComponent(secret)}`],
  ['in a form', new URLSearchParams({ q: secret }).toString()],
  ['in a URL in a URL', encodeURIComponent(encodeURIComponent(secret))],
  ['in HTML', '<p>S3cr3t/k+y &quot;7&quot; &lt;Zürich&gt;</p>'],
  ['base64', bytes.toString('base64')],
  ['base64 for URLs', bytes.toString('base64url')],
  ['base64 behind a name of one letter', Buffer.from(`u:${secret}`).toString('base64')],
  ['base64 behind a name of two letters', Buffer.from(`me:${secret} and more`).toString('base64')],
  ['base64 behind a name of three letters', Buffer.from(`you:${secret}!`).toString('base64')],
  ['hex', bytes.toString('hex')],
  ['hex in capitals', bytes.toString('hex').toUpperCase()],
  ['a buffer', JSON.stringify(bytes)],
  ['a buffer as hex', [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')],
  ['in JSON, five times', wrapped(JSON.stringify, 5)],
  ['in a URL, five times', wrapped(encodeURIComponent, 5)],
  ['in a URL in JSON in a URL', encodeURIComponent(JSON.stringify({ u: `https://x.org/?q=${encodeURIComponent(secret)}` }))],
  ['in JSON in HTML', JSON.stringify({ secret }).replaceAll('&', '&amp;').replaceAll('"', '&#34;').replaceAll('<', '&lt;')],
  [
    'in an address of the web, each character by its number',
    [...secret].map((char) => `&#x${char.codePointAt(0)?.toString(16)};`).join(''),
  ],
  [
    'as JavaScript that escapes what it need not',
    [...secret]
      .map((char) => (/[\w]/.test(char) && !/[nrtbfux\d]/i.test(char) ? `\\${char}` : char))
      .join('')
      .replaceAll('"', '\\"'),
  ],
  ['in UTF-16', Buffer.from(secret, 'utf16le').toString('latin1').replaceAll('\u00fc', 'ü')],
  ['in UTF-16, as base64', Buffer.from(secret, 'utf16le').toString('base64')],
  ['base64 of base64', Buffer.from(bytes.toString('base64')).toString('base64')],
  ['bytes in groups of two', bytes.toString('hex').replaceAll(/..../g, '$& ')],
  ['each byte for a URL', [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')],
])('a secret is hidden %s', (_, text, of = secret) => {
  const masked = maskOf([of])(`before ${text} behind`)
  expect(masked).toMatch(/^before .*\*\*\*.* behind$/s)
  for (const part of ['S3cr3t', 'Zürich', bytes.toString('base64').slice(4, 16), bytes.toString('hex').slice(8, 30), '3cr3t%2F'])
    expect(masked.toLowerCase()).not.toContain(part.toLowerCase())
})

test('each line of a key of several lines is hidden, and its first and last line are not', () => {
  const key = '-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----'
  expect(maskOf([key])('a MIIEvQIBADANBgkq b hkiG9w0BAQEFAASC -----BEGIN KEY-----')).toBe('a *** b *** -----BEGIN KEY-----')
})

test('a long secret is hidden in base64 that is broken into lines', () => {
  const long = 'k3y-'.repeat(40)
  const mime = Buffer.from(long).toString('base64').replaceAll(/.{76}/g, '$&\n')
  expect(maskOf([long])(mime).split('\n')).toEqual(['***', '***', expect.stringMatching(/^.{0,75}$/)])
  expect(maskOf([long])(mime)).not.toContain(Buffer.from('k3y-k3y-k3y-').toString('base64'))
})

test('what stands around a wrapped secret stays as it is', () => {
  const around = JSON.stringify({ path: 'C:\\temp', said: 'a "b" %41&amp;', key: secret, rest: 'ü%' })
  const text = JSON.stringify(around)
  expect(maskOf([secret])(text)).toBe(text.replace(JSON.stringify(JSON.stringify(secret).slice(1, -1)).slice(1, -1), '***'))
  for (const none of ['100 %', '%zz &foo; \\', '\\u12', '%c3', '%e2%82', '&#9999999;']) expect(maskOf([secret])(none)).toBe(none)
})

test('texts without a secret stay as they are, also where small letters are longer than capitals', () => {
  const mask = maskOf(['hunter22', 'demo-key', 'İstanbul'])
  for (const text of ['', 'hun', 'nothing here', 'İİİ hunter21 demo.key', '\ud800']) expect(mask(text)).toBe(text)
  expect(mask('İ hunter22 İ demo-keydemo-key İstanbul')).toBe('İ *** İ ****** ***')
  expect(maskOf(['abc', ''])('abc')).toBe('abc')
})

test('the longest form is taken, so that no part of a longer secret stays', () => {
  expect(maskOf(['token', 'token-of-mine'])('token-of-mine token')).toBe('*** ***')
})
