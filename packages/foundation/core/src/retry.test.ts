import { sourceErrors } from '@sluice/sources'
import { describe, expect, it } from 'vitest'
import { toErrorRecord } from './error-record.ts'
import { bugErrors } from './general-errors.ts'
import { afterFailure, noRetry, type RetryPolicy, retryDelayMs, retryPolicy } from './retry.ts'
import { fc } from './testing/properties.ts'

const policies: fc.Arbitrary<RetryPolicy> = fc.record({
  attempts: fc.integer({ min: 1, max: 50 }),
  delayMs: fc.nat({ max: 3_600_000 }),
  backoff: fc.constantFrom('constant', 'exponential'),
  maxDelayMs: fc.nat({ max: 86_400_000 }),
})
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('a policy', () => {
  it('fills in what is not written', () => {
    expect(retryPolicy(undefined)).toEqual(noRetry)
    expect(retryPolicy({ attempts: 3 })).toEqual({ attempts: 3, delayMs: 5_000, backoff: 'constant', maxDelayMs: 600_000 })
  })

  it('never cuts the delay that is written by a limit that is not', () => {
    expect(retryPolicy({ attempts: 2, delay: '30m' }).maxDelayMs).toBe(1_800_000)
    expect(retryPolicy({ attempts: 2, delay: '30m', maxDelay: '1m' }).maxDelayMs).toBe(60_000)
  })

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d attempts', (attempts) => {
    expect(() => retryPolicy({ attempts })).toThrow(
      expect.objectContaining({ code: 'definition.invalid', message: `retry: ${attempts} is not a number of attempts` }),
    )
  })

  it('shows a number that is text as text', () => {
    expect(() => retryPolicy({ attempts: '3' as never })).toThrow(
      expect.objectContaining({ message: 'retry: "3" is not a number of attempts', next: expect.stringContaining('attempts: 3') }),
    )
  })
})

describe('the wait', () => {
  it('is never shorter than the delay, and at most half of it longer', () => {
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 2_000 }), chance, (policy, attempt, random) => {
        const wait = retryDelayMs(policy, attempt, random)
        const full = Math.min(
          policy.backoff === 'constant' ? policy.delayMs : policy.delayMs * 2 ** Math.min(attempt - 1, 30),
          policy.maxDelayMs,
        )
        expect(wait).toBeGreaterThanOrEqual(full)
        expect(wait).toBeLessThanOrEqual(Math.ceil(full * 1.5))
        expect(Number.isSafeInteger(wait)).toBe(true)
      }),
    )
  })

  it('never shrinks from one attempt to the next', () => {
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 100 }), chance, (policy, attempt, random) => {
        expect(retryDelayMs(policy, attempt + 1, random)).toBeGreaterThanOrEqual(retryDelayMs(policy, attempt, random))
      }),
    )
  })

  it('doubles', () => {
    const policy = retryPolicy({ attempts: 9, delay: '2s', backoff: 'exponential', maxDelay: '10s' })
    expect([1, 2, 3, 4, 5].map((attempt) => retryDelayMs(policy, attempt, 0))).toEqual([2_000, 4_000, 8_000, 10_000, 10_000])
  })
})

describe('after a failure', () => {
  const policy = retryPolicy({ attempts: 3, delay: '2s' })
  const network = toErrorRecord(sourceErrors.network('down'))

  it('a retryable error is tried until the attempts are used up', () => {
    expect([1, 2, 3].map((attempt) => afterFailure(policy, attempt, network, 0).action)).toEqual(['retry', 'retry', 'fail'])
    expect(afterFailure(noRetry, 1, network, 0)).toEqual({ action: 'fail' })
  })

  it('a permanent error and a bug fail at once', () => {
    expect(afterFailure(policy, 1, toErrorRecord(sourceErrors.unauthorized('no')), 0)).toEqual({ action: 'fail' })
    expect(afterFailure(policy, 1, toErrorRecord(bugErrors.unreachable('no')), 0)).toEqual({ action: 'fail' })
  })

  it('a server that says when to return is not asked before', () => {
    const limited = toErrorRecord(sourceErrors.rate_limited('slow down', { retryAfterMs: 60_000 }))
    expect(afterFailure(policy, 1, limited, 0)).toEqual({ action: 'retry', delayMs: 60_000 })
  })
})
