import { type RetryPolicy, toErrorRecord } from '@sluice/core'
import { expect, test } from 'vitest'
import { notifyErrors } from '../errors.ts'
import type { Recipients } from '../message.ts'
import { outcomeOf } from './plan.ts'

const policy: RetryPolicy = { attempts: 3, delayMs: 10_000, backoff: 'constant', maxDelayMs: 10_000 }
const delivered = { state: 'delivered' } as const
const refused = { state: 'refused', reason: '550' } as const
const deferred = { state: 'deferred', reason: '451' } as const
const first = { attempt: 1, faults: 0, settled: {} }
const unavailable = toErrorRecord(notifyErrors.unavailable('451'))
const permanent = toErrorRecord(notifyErrors.refused('550'))
const login = toErrorRecord(notifyErrors.misconfigured('535'))
const planned = (tried: typeof first & { readonly settled: Recipients }, answers: Recipients, error?: typeof login) =>
  outcomeOf(policy, tried, error === undefined ? { answers } : { answers, error }, 0)

test('all have it', () => {
  expect(planned(first, { a: delivered, b: delivered })).toEqual({
    kind: 'delivered',
    recipients: { a: delivered, b: delivered },
    note: null,
  })
})

test('who was put off is tried again, and nobody else', () => {
  expect(planned(first, { a: delivered, b: deferred, c: refused })).toMatchObject({
    kind: 'retry',
    inMs: 10_000,
    recipients: { a: delivered, c: refused },
    error: { code: 'notify.unavailable', message: 'deferred for b: 451' },
  })
})

test('one refused and one put off, with nobody who took it, is not given up', () => {
  expect(planned(first, { a: refused, b: deferred }, unavailable)).toMatchObject({ kind: 'retry', recipients: { a: refused } })
})

test('after the last try who was put off counts as refused, and the others keep it', () => {
  expect(planned({ ...first, attempt: 3, settled: { a: delivered } }, { b: deferred }, unavailable)).toEqual({
    kind: 'delivered',
    recipients: { a: delivered, b: { state: 'refused', reason: '451' } },
    note: 'refused for b: 451',
  })
})

test('nobody took it, for good', () => {
  expect(planned(first, { a: refused }, permanent)).toEqual({ kind: 'failed', error: permanent, recipients: { a: refused } })
  expect(planned(first, {}, permanent)).toEqual({ kind: 'failed', error: permanent, recipients: {} })
})

test('a cut connection is tried again for those that are not settled', () => {
  expect(planned({ ...first, settled: { a: delivered } }, {}, unavailable)).toMatchObject({ kind: 'retry', recipients: { a: delivered } })
})

test('wrong settings never give a message up and use up none of its tries; they are tried up to once a day', () => {
  const waits = [0, 1, 2, 10, 1_000].map((faults) => planned({ ...first, attempt: faults + 1, faults }, {}, login))
  expect(waits.map((outcome) => [outcome.kind, 'inMs' in outcome ? outcome.inMs : null])).toEqual([
    ['held', 60_000],
    ['held', 120_000],
    ['held', 240_000],
    ['held', 61_440_000],
    ['held', 86_400_000],
  ])
  expect(planned({ ...first, attempt: 102, faults: 100 }, {}, unavailable)).toMatchObject({ kind: 'retry' })
  expect(planned({ ...first, attempt: 103, faults: 100 }, {}, unavailable)).toMatchObject({ kind: 'failed' })
})
