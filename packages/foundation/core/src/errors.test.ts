import { describe, expect, it } from 'vitest'
import { defineErrors, type OpenFacts, permanent, retryable } from './define-errors.ts'
import { isSluiceError, SluiceError, toErrorRecord } from './errors.ts'
import { bugErrors, diskErrors, unreachable } from './general-errors.ts'

const sourceErrors = defineErrors('source', {
  network: retryable({ about: 'The source cannot be reached.' }),
  rate_limited: retryable<{ readonly status: number }>({ about: 'The source asks for fewer requests.', status: 429 }),
  shutdown: permanent({ about: 'The source is switched off.' }),
})

describe('the record of an error', () => {
  it('carries code, kind, facts, next sentence and wait, and is JSON', () => {
    const record = toErrorRecord(sourceErrors.rate_limited('too many', { facts: { status: 429 }, next: 'Wait.', retryAfterMs: 1_000 }))
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
    expect(new Set(Object.keys(toErrorRecord(diskErrors.full('full'))))).toEqual(new Set(['code', 'kind', 'message', 'stack']))
  })

  it('holds the chain of causes, and ends on a chain that bites its tail', () => {
    const root = new TypeError('socket')
    const middle = new Error('request', { cause: root })
    const { stack } = toErrorRecord(sourceErrors.network('down', { cause: middle }))
    expect(stack).toMatch(/SluiceError: down[\s\S]*\ncaused by: Error: request[\s\S]*\ncaused by: TypeError: socket/)
    root.cause = middle
    expect(toErrorRecord(middle).stack?.match(/caused by/g)).toHaveLength(4)
  })

  it('of an unknown error is one that retries, unless told otherwise', () => {
    expect(toErrorRecord(new RangeError('x'))).toMatchObject({ code: 'task.failed', kind: 'retryable', message: 'x' })
    expect(toErrorRecord('text')).toMatchObject({ code: 'task.failed', message: 'text' })
    expect(toErrorRecord(undefined)).toMatchObject({ message: 'undefined' })
    expect(toErrorRecord(new Error('x'), sourceErrors.shutdown)).toMatchObject({ code: 'source.shutdown', kind: 'permanent' })
  })
})

describe('a Sluice error', () => {
  it('is known by its name, code and kind, not by its class', () => {
    const like = (members: object) => Object.assign(new Error('x'), { name: 'SluiceError', code: 'disk.full', ...members })
    expect(isSluiceError(like({ kind: 'retryable' }))).toBe(true)
    expect(isSluiceError(like({}))).toBe(false)
    expect(isSluiceError(like({ kind: 'other' }))).toBe(false)
    expect(isSluiceError({ name: 'SluiceError', code: 'disk.full', kind: 'retryable' })).toBe(false)
    expect(diskErrors.full.is(like({ kind: 'retryable' }))).toBe(true)
    expect(diskErrors.full.is(like({ code: 'disk.empty', kind: 'retryable' }))).toBe(false)
  })

  it('has from its definition the code, the kind, the HTTP status and the page that explains it', () => {
    const error = sourceErrors.rate_limited('too many', { facts: { status: 429 } })
    expect(error).toBeInstanceOf(SluiceError)
    expect([error.code, error.kind, error.status, error.facts.status]).toEqual(['source.rate_limited', 'retryable', 429, 429])
    expect([sourceErrors.network('down').status, sourceErrors.shutdown('off').status, bugErrors.unreachable('x').status]).toEqual([
      503, 422, 500,
    ])
    expect(sourceErrors.rate_limited.page).toBe('docs/errors.md#source-rate-limited')
  })

  it('has typed facts, which a throw may not leave out', () => {
    // @ts-expect-error the definition asks for facts
    const without = sourceErrors.rate_limited('too many')
    // @ts-expect-error a status is a number
    const wrong = sourceErrors.rate_limited('too many', { facts: { status: 'many' } })
    const open: OpenFacts = sourceErrors.network('down', { facts: { host: 'a' } }).facts
    expect([without.code, wrong.code, open]).toEqual(['source.rate_limited', 'source.rate_limited', { host: 'a' }])
  })

  it('is told again with more: code, wait and facts stay, the first one is the cause', () => {
    const first = sourceErrors.rate_limited('too many', { facts: { status: 429 }, next: 'Wait.', retryAfterMs: 5 })
    const second = first.with({ message: 'zu viele', facts: { at: 'x' } })
    expect(second).toMatchObject({
      code: 'source.rate_limited',
      message: 'zu viele',
      facts: { status: 429, at: 'x' },
      next: 'Wait.',
      retryAfterMs: 5,
    })
    expect(second.cause).toBe(first)
  })

  it('marks what cannot happen as a bug', () => {
    expect(() => unreachable('stray' as never)).toThrow(
      expect.objectContaining({ code: 'bug.unreachable', message: 'unexpected value "stray"' }),
    )
  })
})
