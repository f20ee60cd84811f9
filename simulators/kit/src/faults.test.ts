import { expect, test } from 'vitest'
import { SimulatorError } from './error.ts'
import { FAULT_KINDS, faultQueue, parseFaults } from './faults.ts'

test('a fault with times is spent, then the next one in the queue takes over', () => {
  const queue = faultQueue([
    { kind: 'rate_limited', times: 2 },
    { kind: 'server_error', times: 1 },
  ])
  const kinds = Array.from({ length: 4 }, () => queue.take('/x')?.kind)
  expect(kinds).toEqual(['rate_limited', 'rate_limited', 'server_error', undefined])
})

test('a fault without times stays until it is removed', () => {
  const queue = faultQueue([{ kind: 'shutdown' }])
  expect([1, 2, 3].map(() => queue.take('/x')?.kind)).toEqual(['shutdown', 'shutdown', 'shutdown'])
  queue.set([])
  expect(queue.take('/x')).toBeUndefined()
})

test('match keeps a fault to one prefix and skip lets the first requests through', () => {
  const queue = faultQueue([{ kind: 'empty_list', match: '/v3/assets', skip: 1, times: 1 }])
  const paths = ['/v3/rates', '/v3/assets', '/v3/rates', '/v3/assets/bitcoin', '/v3/assets']
  expect(paths.map((path) => queue.take(path)?.kind)).toEqual([undefined, undefined, undefined, 'empty_list', undefined])
})

test('lists what is still to come', () => {
  const queue = faultQueue([{ kind: 'timeout', times: 3 }])
  queue.take('/x')
  expect(queue.list()).toEqual([{ kind: 'timeout', times: 2 }])
})

test('accepts every kind bare', () => {
  expect(parseFaults(FAULT_KINDS.map((kind) => ({ kind })))).toHaveLength(11)
})

test.each([
  ['not an object', 'shutdown'],
  ['an unknown kind', { kind: 'explosion' }],
  ['a kind inherited from Object', { kind: 'constructor' }],
  ['an unknown setting', { kind: 'shutdown', tims: 1 }],
  ['a setting of another kind', { kind: 'shutdown', retryAfter: 1 }],
  ['times of zero', { kind: 'shutdown', times: 0 }],
  ['a match that is not a path', { kind: 'shutdown', match: 'v3' }],
  ['a status that is none', { kind: 'server_error', status: 42 }],
  ['no fields', { kind: 'null_fields', fields: [] }],
])('refuses %s', (_, fault) => {
  expect(() => parseFaults([{ kind: 'shutdown' }, fault])).toThrow(SimulatorError)
  expect(() => parseFaults([{ kind: 'shutdown' }, fault])).toThrow(/^fault 1/)
})
