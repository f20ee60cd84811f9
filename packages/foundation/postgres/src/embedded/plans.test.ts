import { expect, test } from 'vitest'
import { parseVersion } from './binaries.ts'
import { parsePostmasterFile } from './postmaster-file.ts'
import { candidates, launchAs } from './run-as.ts'
import { classifyStart, serverArguments } from './start.ts'

const account = { uid: 61_500, gid: 61_500 }

test('an ordinary user runs the server as itself, whatever worked before', () => {
  expect(candidates({ root: false, account, reachable: true, worked: 'account' })).toEqual(['self'])
})

test('root drops to an account of the server where that can reach the programs, and keeps the file rights as a capability where not', () => {
  expect(candidates({ root: true, account, reachable: true, worked: undefined })).toEqual(['account', 'capability', 'namespace'])
  expect(candidates({ root: true, account, reachable: false, worked: undefined })).toEqual(['capability', 'namespace'])
  expect(candidates({ root: true, account: undefined, reachable: true, worked: undefined })).toEqual(['namespace'])
})

test('what worked before is tried first as long as it is possible', () => {
  expect(candidates({ root: true, account, reachable: true, worked: 'namespace' })).toEqual(['namespace', 'account', 'capability'])
  expect(candidates({ root: true, account, reachable: false, worked: 'account' })).toEqual(['capability', 'namespace'])
})

test('the capability is kept through no_setuid_fixup, without which access() fails', () => {
  expect(launchAs('capability', account).prefix.join(' ')).toContain(
    '--securebits=+no_setuid_fixup --inh-caps=+dac_override --ambient-caps=+dac_override',
  )
  expect(launchAs('namespace', account)).toEqual({ prefix: ['unshare', '-U'], drop: undefined, owner: { uid: 0, gid: 0 }, inPlace: false })
})

test.each([
  ['FATAL:  lock file "postmaster.pid" already exists', 'held'],
  ['FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use', 'held'],
  ['LOG:  could not bind IPv4 address "127.0.0.1": Address already in use\nFATAL:  could not create any TCP/IP sockets', 'port-taken'],
  ['FATAL:  data directory "/x" has wrong ownership', 'denied'],
  ['spawn /x/postgres EACCES', 'denied'],
  ['unshare: unshare failed: Operation not permitted', 'denied'],
  ['FATAL:  could not map anonymous shared memory: Cannot allocate memory', 'failed'],
] as const)('a start that said %j ended because: %s', (said, fault) => {
  expect(classifyStart(said)).toBe(fault)
})

test('the line that says ready is the eighth of postmaster.pid', () => {
  const lines = ['4711', '/d/data', '1700000000', '15432', '', '127.0.0.1', '  123  4', 'ready   ', '']
  expect(parsePostmasterFile(lines.join('\n'))).toEqual({ pid: 4711, dataDir: '/d/data', port: 15432, status: 'ready' })
  expect(parsePostmasterFile(lines.slice(0, 5).join('\n'))).toMatchObject({ status: '' })
  expect(parsePostmasterFile('')).toBeUndefined()
})

test('the server listens on the loopback only, without a socket file, and takes own settings over the defaults', () => {
  const args = serverArguments('/d', 1234, { max_connections: '7' })
  expect(args).toEqual(
    expect.arrayContaining(['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'timezone=UTC', 'max_connections=7']),
  )
  expect(args).not.toContain('max_connections=100')
})

test.each([
  ['postgres (PostgreSQL) 18.4', 18],
  ['postgres (PostgreSQL) 16.11 (Debian 16.11-1.pgdg12+1)', 16],
  ['postgres (PostgreSQL) 19beta1', 19],
])('%s is of major version %i', (text, major) => {
  expect(parseVersion(text)).toBe(major)
})
