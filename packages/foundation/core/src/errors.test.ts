import { describe, expect, it } from 'vitest'
import { defineErrors, type OpenFacts, permanent, retryable } from './define-errors.ts'
import { isSluiceError, SluiceError } from './errors.ts'
import { bugErrors, diskErrors, unreachable } from './general-errors.ts'

const sourceErrors = defineErrors('source', {
  network: retryable({ about: 'The source cannot be reached.' }),
  rate_limited: retryable<{ readonly status: number }>({ about: 'The source asks for fewer requests.', status: 429 }),
  shutdown: permanent({ about: 'The source is switched off.' }),
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
    expect(sourceErrors.rate_limited.page).toBe('docs/errors/source.rate_limited.md')
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
