import { expect, test } from 'vitest'
import { connectionFrom, isLocal, placeOf, proxiesOf } from './connection.ts'

const proxy = { address: '10.0.0.7', encrypted: false }
const trusted = proxiesOf(['10.0.0.0/8', '::1'])

test('what a stranger writes of itself counts for nothing', () => {
  const stranger = { address: '203.0.113.9', encrypted: false }
  expect(connectionFrom(stranger, { for: '127.0.0.1', proto: 'https' }, trusted)).toEqual(stranger)
  expect(connectionFrom(proxy, { for: '192.0.2.1', proto: 'https' }, proxiesOf([]))).toEqual(proxy)
})

test.each([
  ['192.0.2.1', '192.0.2.1'],
  // The client wrote the first; the proxy added the second.
  ['127.0.0.1, 192.0.2.1', '192.0.2.1'],
  ['192.0.2.1, 10.1.2.3', '192.0.2.1'],
  ['10.9.9.9, 10.1.2.3', '10.9.9.9'],
  ['[2001:db8::1]:4711', '2001:db8::1'],
  ['192.0.2.1:4711', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['unknown', '10.0.0.7'],
  ['evil, 10.1.2.3', '10.1.2.3'],
  ['', '10.0.0.7'],
])('of "%s", told by a proxy that is trusted, the client is %s', (named, address) => {
  expect(connectionFrom(proxy, { for: named }, trusted).address).toBe(address)
})

test('whether the client came over TLS is what the proxy nearest to us says', () => {
  const encrypted = (proto: string) => connectionFrom(proxy, { proto }, trusted).encrypted
  expect([encrypted('https'), encrypted('http'), encrypted('http, https'), encrypted('https, http')]).toEqual([true, false, true, false])
  expect(connectionFrom({ ...proxy, encrypted: true }, {}, trusted).encrypted).toBe(true)
})

test('an IPv6 address counts as its network, in every way to write it', () => {
  expect(placeOf('2001:db8:0:1::7')).toBe('2001:db8:0:1')
  expect(placeOf('2001:0DB8:0000:0001:ffff:ffff:ffff:ffff')).toBe('2001:db8:0:1')
  expect([placeOf('::1'), placeOf('fe80::1%eth0'), placeOf('192.0.2.1'), placeOf('this process')]).toEqual([
    '0:0:0:0',
    'fe80:0:0:0',
    '192.0.2.1',
    'this process',
  ])
})

test('this machine is told from all others', () => {
  const local = (address: string) => isLocal({ address, encrypted: false })
  expect(['127.0.0.1', '127.8.9.1', '::1', 'this process'].map(local)).toEqual([true, true, true, true])
  expect(['10.0.0.1', '203.0.113.7', '127.0.0.1.example'].map(local)).toEqual([false, false, false])
})
