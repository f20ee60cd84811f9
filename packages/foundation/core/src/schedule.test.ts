import { describe, expect, it } from 'vitest'
import { formatInstant } from './instant.ts'
import { cron, intervalOf, latestTick, nextTick, ticksBetween } from './schedule.ts'
import { fc } from './testing/properties.ts'

const utc = (text: string) => Date.parse(text)
const shown = (instants: readonly number[]) => instants.map((instant) => formatInstant(instant).slice(5, 16))
const paris = 'Europe/Paris'

describe('an expression', () => {
  it.each([
    ['@hourly', '0 * * * *'],
    ['@daily', '0 0 * * *'],
    ['@midnight', '0 0 * * *'],
    ['@weekdays', '0 0 * * 1-5'],
    ['@weekly', '0 0 * * 0'],
    ['@monthly', '0 0 1 * *'],
    ['@yearly', '0 0 1 1 *'],
    ['@annually', '0 0 1 1 *'],
  ])('%s stands for %s', (preset, expression) => {
    expect(cron(preset)).toEqual({ cron: expression })
  })

  it('may have six fields, names, lists and steps', () => {
    expect(nextTick(cron('*/10 * * * * *'), utc('2026-01-01T00:00:01Z'), 'UTC')).toBe(utc('2026-01-01T00:00:10Z'))
    expect(nextTick(cron('0 9 * JAN,JUL MON-FRI'), utc('2026-01-02T09:00:00Z'), 'UTC')).toBe(utc('2026-01-05T09:00:00Z'))
    expect(nextTick(cron('0 0 * * 7'), utc('2026-01-01T00:00:00Z'), 'UTC')).toBe(utc('2026-01-04T00:00:00Z'))
    expect(cron(' 0 0 * * * ')).toEqual({ cron: '0 0 * * *' })
  })

  it.each([
    ['61 * * * *', /minute: 61/],
    ['0 24 * * *', /hour: 24/],
    ['* * * *', /five or six fields/],
    ['* * * * * * 2026', /five or six fields/],
    ['2026-01-01T00:00:00', /five or six fields/],
    ['? * * * *', /five or six fields/],
    ['@nightly', /five or six fields/],
    ['*/0 * * * *', /stepping/],
    ['0 0 30 2 *', /no day is ever like that/],
    ['', /five or six fields/],
  ])('"%s" is refused', (expression, why) => {
    expect(() => cron(expression)).toThrow(
      expect.objectContaining({
        code: 'definition.invalid',
        message: expect.stringMatching(why),
        next: expect.stringContaining('minute hour day month weekday'),
      }),
    )
  })

  it('in a zone that does not exist is refused with its name', () => {
    expect(() => cron('0 0 * * *', { timeZone: 'Europe/Pari' })).toThrow(/zone Europe\/Pari/)
  })

  it('takes its own zone before the project’s', () => {
    const own = cron('0 0 * * *', { timeZone: 'Asia/Tokyo' })
    expect(nextTick(own, utc('2026-01-01T00:00:00Z'), paris)).toBe(utc('2026-01-01T15:00:00Z'))
    expect(nextTick(cron('0 0 * * *'), utc('2026-01-01T00:00:00Z'), paris)).toBe(utc('2026-01-01T23:00:00Z'))
  })
})

describe('ticks', () => {
  const halfHour = cron('*/30 * * * *')

  it.each([
    ['2026-01-01T00:30:00.000Z', '00:30', '01:00'],
    ['2026-01-01T00:30:00.001Z', '00:30', '01:00'],
    ['2026-01-01T00:30:00.999Z', '00:30', '01:00'],
    ['2026-01-01T00:29:59.999Z', '00:00', '00:30'],
    ['2026-01-01T00:29:59.000Z', '00:00', '00:30'],
  ])('at %s the latest is %s and the next %s', (at, latest, next) => {
    expect(latestTick(halfHour, utc(at), 'UTC')).toBe(utc(`2026-01-01T${latest}:00Z`))
    expect(nextTick(halfHour, utc(at), 'UTC')).toBe(utc(`2026-01-01T${next}:00Z`))
  })

  it('between two instants leave out the first, keep the last and stop at the limit', () => {
    const [from, until] = [utc('2026-01-01T00:00:00Z'), utc('2026-01-01T02:00:00Z')]
    expect(shown(ticksBetween(halfHour, from, until, 'UTC', 100))).toEqual(['01-01T00:30', '01-01T01:00', '01-01T01:30', '01-01T02:00'])
    expect(shown(ticksBetween(halfHour, from, until, 'UTC', 2))).toEqual(['01-01T00:30', '01-01T01:00'])
    expect(ticksBetween(halfHour, from, until, 'UTC', 0)).toEqual([])
    expect(ticksBetween(halfHour, until, from, 'UTC', 100)).toEqual([])
  })

  it('in a spring night without its hour come once, an hour later by the clock', () => {
    const ticks = ticksBetween(cron('30 2 * * *'), utc('2026-03-27T12:00:00Z'), utc('2026-03-31T00:00:00Z'), paris, 10)
    expect(shown(ticks)).toEqual(['03-28T01:30', '03-29T01:00', '03-30T00:30'])
    expect(latestTick(cron('30 2 * * *'), utc('2026-03-29T01:00:00Z'), paris)).toBe(utc('2026-03-29T01:00:00Z'))
  })

  it('in an autumn night with an hour twice come once a day, and hourly ones each hour', () => {
    const [from, until] = [utc('2026-10-24T12:00:00Z'), utc('2026-10-26T12:00:00Z')]
    expect(shown(ticksBetween(cron('30 2 * * *'), from, until, paris, 10))).toEqual(['10-25T00:30', '10-26T01:30'])
    const hourly = ticksBetween(cron('0 * * * *'), utc('2026-10-24T23:30:00Z'), utc('2026-10-25T03:00:00Z'), paris, 10)
    expect(shown(hourly)).toEqual(['10-25T00:00', '10-25T01:00', '10-25T02:00', '10-25T03:00'])
  })

  it('at local midnight make days of 23 and 25 hours', () => {
    const hours = (day: string) => {
      const { start, end } = intervalOf(cron('@daily'), utc(day), paris)
      return (end - start) / 3_600_000
    }
    expect(hours('2026-03-29T22:00:00Z')).toBe(23)
    expect(hours('2026-10-25T23:00:00Z')).toBe(25)
    expect(hours('2026-06-01T22:00:00Z')).toBe(24)
  })

  // Around the changes of daylight saving, where a library's search forward and its search back may disagree.
  const changes = [
    [paris, '2026-03-29T01:00:00Z'],
    [paris, '2026-10-25T01:00:00Z'],
    ['America/New_York', '2026-03-08T07:00:00Z'],
    ['America/New_York', '2026-11-01T06:00:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
    ['America/Sao_Paulo', '2018-11-04T03:00:00Z'],
    ['Africa/Cairo', '2026-04-23T22:00:00Z'],
    ['UTC', '2026-01-01T00:00:00Z'],
  ] as const
  const expressions = ['*/30 * * * *', '15 * * * *', '30 2 * * *', '0 0 * * *', '0 */6 * * *', '30 1,2,3 * * *', '*/7 1-3 * * *'] as const

  it('found backward are those found forward, and their intervals tile time', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...changes),
        fc.constantFrom(...expressions),
        fc.integer({ min: -5 * 3_600_000, max: 5 * 3_600_000 }),
        ([zone, change], expression, offset) => {
          const schedule = cron(expression)
          const at = utc(change) + offset
          const ticks = ticksBetween(schedule, at - 2 * 86_400_000, at + 2 * 86_400_000, zone, 1_000)
          expect(latestTick(schedule, at, zone)).toBe(ticks.findLast((tick) => tick <= at))
          expect(nextTick(schedule, at, zone)).toBe(ticks.find((tick) => tick > at))
          const [last, next] = [latestTick(schedule, at, zone) ?? 0, nextTick(schedule, at, zone) ?? 0]
          expect(intervalOf(schedule, next, zone)).toEqual({ start: last, end: next })
          expect(nextTick(schedule, last, zone)).toBe(next)
          expect(latestTick(schedule, last, zone)).toBe(last)
        },
      ),
      { numRuns: 150 },
    )
  })
})
