import { describe, expect, test } from 'vitest'
import { freshnessOf } from './freshness.ts'

const written = Date.UTC(2026, 10, 29, 12)
const minute = 60_000

describe('freshness', () => {
  test('a dataset is fresh up to the age that it declares, and late from the millisecond behind it', () => {
    let now = written
    const verdict = () => freshnessOf('45m', written, now)
    expect(verdict()).toEqual({ state: 'fresh', dueAt: written + 45 * minute, lateMs: null })
    now += 45 * minute
    expect(verdict().state).toBe('fresh')
    now += 1
    expect(verdict()).toEqual({ state: 'late', dueAt: written + 45 * minute, lateMs: 1 })
    now += 10 * minute
    expect(verdict().lateMs).toBe(10 * minute + 1)
  })

  test('a newer batch makes a late dataset fresh', () => {
    const now = written + 60 * minute
    expect(freshnessOf('45m', written, now).state).toBe('late')
    expect(freshnessOf('45m', written + 30 * minute, now).state).toBe('fresh')
  })

  test('a batch of a store whose clock goes ahead is fresh', () => {
    expect(freshnessOf('1s', written + 5_000, written).state).toBe('fresh')
  })

  test('a dataset without a batch is never late: it was never written', () => {
    expect(freshnessOf('1ms', null, written)).toEqual({ state: 'never_written', dueAt: null, lateMs: null })
  })

  test('a dataset that does not say how fresh it has to be is not judged, with a batch or without', () => {
    for (const at of [null, 0]) expect(freshnessOf(undefined, at, written)).toEqual({ state: 'no_expectation', dueAt: null, lateMs: null })
  })
})
