import { type ErrorRecord, SluiceError, toErrorRecord } from '@sluice/core'
import { expect, test } from 'vitest'
import { type AttemptFacts, afterAttempt, pollLimitMs } from './after-attempt.ts'

const facts: AttemptFacts = {
  retry: { attempts: 3, delayMs: 1_000, backoff: 'exponential', maxDelayMs: 60_000 },
  failures: 0,
  sensor: null,
}
const failure: ErrorRecord = { code: 'task.failed', kind: 'retryable', message: 'no' }

test('a failure is tried again after a growing, jittered wait until the attempts are used up', () => {
  const delays = [0, 1].map((failures) => afterAttempt({ kind: 'threw', error: failure }, { ...facts, failures }, 0, 0.5).delayMs)
  expect(delays).toEqual([1_250, 2_500])
  expect(afterAttempt({ kind: 'threw', error: failure }, { ...facts, failures: 2 }, 0, 0.5).outcome).toBe('failed')
})

test("a server's Retry-After is a lower bound of the wait", () => {
  expect(afterAttempt({ kind: 'threw', error: { ...failure, retryAfterMs: 9_000 } }, facts, 0, 0.5)).toMatchObject({
    outcome: 'retry',
    delayMs: 9_000,
  })
})

test.each([
  [31_536_000_000, 'until 1971-01-01T00:00:00.000Z'],
  [8_640_000_000_000_000 + 1, 'until a time that no calendar has'],
  [Number.POSITIVE_INFINITY, 'until a time that no calendar has'],
])('a server that asks to wait for %s ms parks no task: it fails, and its error says until when', (asked, until) => {
  const error = toErrorRecord(
    new SluiceError({ code: 'source.rate_limited', kind: 'retryable', status: 500 }, 'slow', { retryAfterMs: asked }),
  )
  const { outcome, error: told } = afterAttempt({ kind: 'threw', error }, facts, 0, 0.5)
  expect([outcome, told?.message]).toEqual(['failed', `slow; it asks to wait ${until}, longer than the 6h that the step waits`])
  expect(told?.next).toContain('maxRetryAfter')
  const patient = { ...facts, retry: { ...facts.retry, maxRetryAfterMs: 40_000_000_000 } }
  expect(afterAttempt({ kind: 'threw', error }, patient, 0, 0.5).outcome).toBe(asked > 40_000_000_000 ? 'failed' : 'retry')
})

test.each([
  [-5_000, 1_250],
  [Number.NaN, 1_250],
  [1_500.5, 1_501],
])('a wait of %s ms is stored as the whole number %s', (asked, delayMs) => {
  const error = { ...failure, retryAfterMs: asked }
  expect(afterAttempt({ kind: 'threw', error }, facts, 0, 0.5)).toMatchObject({ outcome: 'retry', delayMs })
})

test('a permanent error fails at once', () => {
  const error = { ...failure, code: 'input.invalid', kind: 'permanent' } as const
  expect(afterAttempt({ kind: 'threw', error }, facts, 0, 0.5).outcome).toBe('failed')
})

test('a timeout is a failure of the code and retries as one', () => {
  expect(afterAttempt({ kind: 'timed_out', afterMs: 50 }, facts, 0, 0.5)).toMatchObject({
    outcome: 'retry',
    error: { code: 'task.timeout' },
  })
})

test('a sensor polls again without consuming an attempt, and at last when its whole wait is over', () => {
  const sensor = { everyMs: 60_000, onTimeout: 'fail', timeoutMs: 100_000, pollTimeoutMs: 30_000, waitingSince: 0 } as const
  expect(afterAttempt({ kind: 'not_yet' }, { ...facts, sensor }, 10_000, 0)).toMatchObject({ outcome: 'rescheduled', delayMs: 60_000 })
  expect(afterAttempt({ kind: 'not_yet' }, { ...facts, sensor }, 70_000, 0)).toMatchObject({ outcome: 'rescheduled', delayMs: 30_000 })
  expect(afterAttempt({ kind: 'not_yet' }, { ...facts, sensor }, 100_000, 0)).toMatchObject({
    outcome: 'failed',
    error: { code: 'task.timeout' },
  })
  expect(afterAttempt({ kind: 'not_yet' }, { ...facts, sensor: { ...sensor, onTimeout: 'skip' } }, 100_000, 0).outcome).toBe('skipped')
})

test('a poll that is late is not yet: it is polled again, consumes no attempt, and ends with the whole wait', () => {
  const sensor = { everyMs: 300, onTimeout: 'fail', timeoutMs: 60_000, pollTimeoutMs: 5_000, waitingSince: 0 } as const
  const late = { kind: 'timed_out', afterMs: 5_000 } as const
  expect(afterAttempt(late, { ...facts, sensor }, 10_000, 0)).toMatchObject({ outcome: 'rescheduled', delayMs: 300, error: null })
  expect(afterAttempt(late, { ...facts, sensor }, 60_000, 0)).toMatchObject({
    outcome: 'failed',
    error: { code: 'task.timeout', next: 'Look at what it waits for, or give the sensor a longer timeout.' },
  })
})

test('a poll may take as long as its own timeout, whatever the time between two polls, and no longer than the whole wait', () => {
  const sensor = { everyMs: 300, onTimeout: 'fail', timeoutMs: 60_000, pollTimeoutMs: 5_000, waitingSince: 0 } as const
  expect(pollLimitMs(sensor, 0)).toBe(5_000)
  expect(pollLimitMs(sensor, 57_000)).toBe(3_000)
  expect(pollLimitMs(sensor, 900_000)).toBe(1_000)
  expect(pollLimitMs({ ...sensor, everyMs: 4_000 }, 900_000)).toBe(4_000)
  expect(pollLimitMs({ ...sensor, timeoutMs: null }, 900_000)).toBe(5_000)
  expect(pollLimitMs({ ...sensor, everyMs: 30 * 86_400_000, timeoutMs: null, pollTimeoutMs: 30 * 86_400_000 }, 0)).toBe(30 * 86_400_000)
})
