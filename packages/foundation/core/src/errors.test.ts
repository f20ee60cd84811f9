import { describe, expect, it } from 'vitest'
import { errorCodes, isSluiceError, kindOf, SluiceError, toErrorRecord, unreachable } from './errors.ts'

describe('the record of an error', () => {
  it('carries code, kind, facts, next sentence and wait, and is JSON', () => {
    const record = toErrorRecord(
      new SluiceError('source.rate_limited', 'too many', { facts: { status: 429 }, next: 'Wait.', retryAfterMs: 1_000 }),
    )
    expect(record).toMatchObject({
      code: 'source.rate_limited',
      kind: 'retryable',
      message: 'too many',
      next: 'Wait.',
      facts: { status: 429 },
      retryAfterMs: 1_000,
    })
    expect(JSON.parse(JSON.stringify(record))).toEqual(record)
  })

  it('leaves out what there is not', () => {
    expect(new Set(Object.keys(toErrorRecord(new SluiceError('disk.full', 'full'))))).toEqual(new Set(['code', 'kind', 'message', 'stack']))
  })

  it('holds the chain of causes, and ends on a chain that bites its tail', () => {
    const root = new TypeError('socket')
    const middle = new Error('request', { cause: root })
    const { stack } = toErrorRecord(new SluiceError('source.network', 'down', { cause: middle }))
    expect(stack).toMatch(/SluiceError: down[\s\S]*\ncaused by: Error: request[\s\S]*\ncaused by: TypeError: socket/)
    root.cause = middle
    expect(toErrorRecord(middle).stack?.match(/caused by/g)).toHaveLength(4)
  })

  it('of an unknown error is one that retries, unless told otherwise', () => {
    expect(toErrorRecord(new RangeError('x'))).toMatchObject({ code: 'task.failed', kind: 'retryable', message: 'x' })
    expect(toErrorRecord('text')).toMatchObject({ code: 'task.failed', message: 'text' })
    expect(toErrorRecord(undefined)).toMatchObject({ message: 'undefined' })
    expect(toErrorRecord(new Error('x'), 'task.output')).toMatchObject({ code: 'task.output', kind: 'permanent' })
  })
})

describe('a Sluice error', () => {
  it('is known by its name and code, not by its class', () => {
    const foreign = Object.assign(new Error('x'), { name: 'SluiceError', code: 'disk.full' })
    expect(isSluiceError(foreign)).toBe(true)
    expect(isSluiceError(Object.assign(new Error('x'), { name: 'SluiceError', code: 'no.such' }))).toBe(false)
    expect(isSluiceError(Object.assign(new Error('x'), { name: 'SluiceError', code: 'toString' }))).toBe(false)
    expect(isSluiceError({ name: 'SluiceError', code: 'disk.full' })).toBe(false)
  })

  it('has a kind for every code', () => {
    for (const code of errorCodes) expect(['retryable', 'permanent', 'bug']).toContain(kindOf(code))
    expect(new SluiceError('bug.unreachable', 'x').kind).toBe('bug')
  })

  it('marks what cannot happen as a bug', () => {
    expect(() => unreachable('stray' as never)).toThrow(
      expect.objectContaining({ code: 'bug.unreachable', message: 'unexpected value "stray"' }),
    )
  })
})
