import { describe, expect, it } from 'vitest'
import { defineErrors, permanent, retryable } from './define-errors.ts'
import { errorLimits, toErrorRecord } from './error-record.ts'
import { diskErrors } from './general-errors.ts'

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

  it('of 50 MB is some kilobytes that say what was left out, and keeps the place where it was thrown', () => {
    const huge = 'y'.repeat(50_000_000)
    const cause = Object.assign(new Error(huge), { errors: [huge] })
    const record = toErrorRecord(
      sourceErrors.network(huge, {
        next: huge,
        cause: new Error(huge, { cause }),
        facts: {
          text: huge,
          list: Array.from({ length: 100_000 }, (_, n) => n),
          small: 1,
          ...Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`f${n}`, huge])),
        },
      }),
    )
    expect(JSON.stringify(record).length).toBeLessThan(64_000)
    for (const text of [record.message, record.next, record.stack, record.facts?.text, record.facts?.list]) {
      expect(text).toMatch(/\[\.\.\. [\d,]+ characters left out \.\.\.\]/)
    }
    expect(record.message.length).toBeLessThan(errorLimits.message + 100)
    expect(record.stack).toContain('error-record.test.ts')
    expect(record.facts).toMatchObject({ small: 1, leftOut: expect.stringMatching(/^\d+ more facts$/) })
  })

  it('is made of whatever was thrown: members that throw, a proxy, a plain object, facts that JSON cannot hold', () => {
    const evil = Object.defineProperty(new Error('evil'), 'message', {
      get() {
        throw new Error('inner')
      },
    })
    const trap = new Proxy(
      {},
      {
        get: () => {
          throw new Error('trap')
        },
        getPrototypeOf: () => {
          throw new Error('trap')
        },
      },
    )
    const mute = {
      toString() {
        throw new Error('no text')
      },
    }
    for (const thrown of [evil, trap, mute, Symbol('s'), null, Object.freeze(new Error('frozen')), Object.create(null)]) {
      const record = toErrorRecord(thrown)
      expect(record).toMatchObject({ code: 'task.failed', kind: 'retryable' })
      expect(JSON.parse(JSON.stringify(record))).toEqual(record)
    }
    expect(toErrorRecord({ code: 7, message: 'quota exceeded' }).message).toBe('quota exceeded')
    const round: { self?: object } = {}
    round.self = round
    expect(toErrorRecord(sourceErrors.network('down', { facts: { round, big: 10n, host: 'a' } })).facts).toMatchObject({ host: 'a' })
  })

  it('names the errors that a sum of errors holds', () => {
    expect(toErrorRecord(new AggregateError([new Error('disk A'), new Error('disk B')], 'All promises were rejected')).message).toBe(
      'All promises were rejected: disk A; disk B',
    )
    expect(toErrorRecord(new AggregateError([new Error('connect ECONNREFUSED')])).message).toBe('connect ECONNREFUSED')
  })
})
