import { sourceErrors } from '@sluice/sources'
import { expect, test } from 'vitest'
import { retryAfter, toFault } from './fault.ts'
import { retryableStates, retryOf } from './sqlstate.ts'

const thrown = (message: string, fields: Record<string, unknown>): Error => Object.assign(new Error(message), fields)

test('serialization failures and deadlocks ask for the transaction again, lost servers for the connection', () => {
  expect(retryOf('40001')).toBe('transaction')
  expect(retryOf('40P01')).toBe('transaction')
  expect(retryOf('57P01')).toBe('connection')
  expect(retryOf('23505')).toBe('never')
  expect(retryOf(undefined)).toBe('never')
  expect(retryOf('toString')).toBe('never')
})

test.each(Object.keys(retryableStates))('SQLSTATE %s is postgres.unavailable, which the engine tries again', (code) => {
  expect(toFault(thrown('x', { code, severity: 'ERROR' }))).toMatchObject({
    code: 'postgres.unavailable',
    kind: 'retryable',
    facts: { sqlstate: code },
  })
})

test.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND'])('the network error %s is postgres.unavailable and no SQLSTATE', (code) => {
  const fault = toFault(thrown('connect', { code }))
  expect(fault).toMatchObject({ code: 'postgres.unavailable', facts: { systemCode: code } })
  expect(fault.facts).not.toHaveProperty('sqlstate')
})

test('both addresses of a name refusing is one unavailable server', () => {
  const refused = thrown('connect ECONNREFUSED ::1:1', { code: 'ECONNREFUSED' })
  const fault = toFault(new AggregateError([refused, refused]))
  expect(fault).toMatchObject({ code: 'postgres.unavailable', message: expect.stringContaining('ECONNREFUSED') })
})

test('a server without a session left is not one that cannot be reached', () => {
  const fault = toFault(thrown('sorry, too many clients already', { code: '53300' }))
  expect(fault).toMatchObject({ code: 'postgres.unavailable', next: expect.stringContaining('SLUICE_WORKERS') })
})

test('a full disk is disk.full', () => {
  expect(toFault(thrown('no space', { code: '53100' }))).toMatchObject({ code: 'disk.full', kind: 'retryable' })
})

test('the facts name the constraint, never the row that the server quotes in its detail, nor a password in the statement', () => {
  const error = thrown('duplicate key', {
    code: '23505',
    constraint: 'person_email',
    table: 'person',
    detail: 'Key (email)=(a@b.c) already exists.',
  })
  const fault = toFault(error, "create role x password 'secret'")
  expect(fault).toMatchObject({ code: 'postgres.failed', facts: { sqlstate: '23505', constraint: 'person_email', table: 'person' } })
  expect(JSON.stringify([fault.message, fault.facts, fault.next])).not.toMatch(/a@b\.c|secret/)
  expect(fault.cause).toBe(error)
})

test('an error that already is one of ours stays what it is', () => {
  const own = sourceErrors.empty('nothing')
  expect(toFault(own)).toBe(own)
  expect(retryAfter(own)).toBe('never')
  expect(retryAfter(toFault(thrown('x', { code: '40001' })))).toBe('transaction')
})
