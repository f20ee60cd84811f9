import { describe, expect, it } from 'vitest'
import { compactInstant, dayAfter, dayIn, formatInstant, parseInstant, timeIn } from './instant.ts'
import { fc } from './testing/properties.ts'

const utc = (text: string) => Date.parse(text)

describe('an instant in text', () => {
  it.each([
    ['2026-11-21', '2026-11-21T00:00:00.000Z'],
    ['2026-11-21 03:30', '2026-11-21T03:30:00.000Z'],
    ['2026-11-21T03:30:15', '2026-11-21T03:30:15.000Z'],
    ['2026-11-21T03:30:15.123456789Z', '2026-11-21T03:30:15.123Z'],
    ['2026-11-21T03:30:00+01:30', '2026-11-21T02:00:00.000Z'],
    ['2026-11-21T03:30:00-0500', '2026-11-21T08:30:00.000Z'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
  ])('%s is %s', (text, instant) => {
    expect(parseInstant(text)).toBe(utc(instant))
  })

  it.each([
    '',
    'now',
    '2026',
    '2026-1-1',
    '2026-13-01',
    '2026-02-29',
    '2026-04-31T10:00:00Z',
    '2026-11-21T25:00:00Z',
    '2026-11-21T10:60Z',
    '2026-11-21T10:00:00+25:00',
    '2026-11-21Z',
    '1700000000000',
    ' 2026-11-21',
  ])('"%s" is none', (text) => {
    expect(parseInstant(text)).toBeUndefined()
  })

  it('reads back what it writes, and its compact form sorts as time does', () => {
    const instant = fc.integer({ min: 0, max: utc('9999-12-31T23:59:59.999Z') })
    fc.assert(
      fc.property(instant, (at) => {
        expect(parseInstant(formatInstant(at))).toBe(at)
      }),
    )
    fc.assert(
      fc.property(instant, instant, (a, b) => {
        expect(compactInstant(a) < compactInstant(b)).toBe(a < b)
        expect(compactInstant(a)).toMatch(/^\d{8}T\d{9}Z$/)
      }),
    )
  })
})

describe('wall-clock time', () => {
  it('follows the zone across midnight and daylight saving', () => {
    expect(dayIn(utc('2026-01-01T23:30:00Z'), 'Europe/Paris')).toBe('2026-01-02')
    expect(dayIn(utc('2026-01-01T23:30:00Z'), 'America/New_York')).toBe('2026-01-01')
    expect(timeIn(utc('2026-01-01T23:00:00Z'), 'Europe/Paris')).toBe('00:00:00')
    expect(timeIn(utc('2026-03-29T00:59:59Z'), 'Europe/Paris')).toBe('01:59:59')
    expect(timeIn(utc('2026-03-29T01:00:00Z'), 'Europe/Paris')).toBe('03:00:00')
  })
})

describe('the days around a day', () => {
  it.each([
    ['2026-03-01', -1, '2026-02-28'],
    ['2028-02-28', 1, '2028-02-29'],
    ['2026-12-31', 1, '2027-01-01'],
    ['2026-10-25', 0, '2026-10-25'],
  ])('%s and %i days are %s', (day, days, expected) => {
    expect(dayAfter(day, days)).toBe(expected)
  })
})
