import { Cron } from 'croner'
import { expect, test } from 'vitest'
import { formatInstant } from './instant.ts'
import { countTicks, cron, ticksBetween } from './schedule.ts'
import { randomCronFields } from './testing/random-cron.ts'
import { seeded, seedOfRun } from './testing/seeded.ts'
import { wallPattern } from './wall-pattern.ts'

/*
 * The library says which expressions there are and what they mean; the pattern is to find the same values, faster.
 */

test('values are those of the library, for random expressions, in both directions', () => {
  const seed = seedOfRun()
  const random = seeded(seed)
  const { chance, integer, pick } = random
  const { field } = randomCronFields(random)
  const names = ['MON', 'MON-FRI', 'sat,SUN', '7', '5-7', '0,3', 'FRI#2', '5L']
  for (let round = 0; round < 300; round++) {
    const date = [
      chance(0.5) ? '*' : pick([field(1, 28), 'L', '15W', '29', '31']),
      chance(0.6) ? '*' : pick([field(1, 12), 'JAN,jul', 'feb']),
      chance(0.5) ? '*' : pick([field(0, 6), ...names]),
    ]
    const seconds = chance(0.2) ? `${field(0, 59)} ` : ''
    const expression = `${seconds}${field(0, 59)} ${field(0, 23)} ${date.join(' ')}`
    const at = Date.UTC(1990 + integer(60), integer(12), 1 + integer(28), integer(24), integer(60), integer(60)) + integer(1_000)
    const library = new Cron(expression, { timezone: 'UTC', paused: true })
    const what = `SLUICE_SEED=${seed} round ${round}: ${expression} around ${formatInstant(at)}`
    const next = library.nextRun(new Date(Math.ceil(at / 1_000) * 1_000 - 1_000))?.getTime()
    // A day that never comes is refused where the expression is written.
    if (next === undefined) continue
    const pattern = wallPattern(expression)
    expect(pattern.next(at), what).toBe(next)
    expect(pattern.previous(at), what).toBe(library.previousRuns(1, new Date(Math.floor(at / 1_000) * 1_000 + 1_000))[0]?.getTime())
    const until = at + integer(40) * 3_600_000
    let walked = 0
    for (let value = pattern.next(at); value !== undefined && value < until; value = pattern.next(value + 1)) walked++
    expect(pattern.count(at, until), `${what}, until ${formatInstant(until)}`).toBe(walked)
  }
})

test('a day of February that comes every fourth year is found, and counted, and one on a weekday too', () => {
  const leap = wallPattern('0 0 29 2 *')
  expect(formatInstant(leap.next(Date.UTC(2097, 0, 1)) ?? 0)).toBe('2104-02-29T00:00:00.000Z')
  expect(formatInstant(leap.previous(Date.UTC(2103, 0, 1)) ?? 0)).toBe('2096-02-29T00:00:00.000Z')
  expect(leap.count(Date.UTC(2000, 0, 1), Date.UTC(2100, 0, 1))).toBe(25)
})

test('27 years of every minute are counted without a look at each tick, and listed only as far as they are wanted', () => {
  const interval = { start: Date.UTC(2000, 0, 1), end: Date.UTC(2027, 0, 1) }
  expect(countTicks(cron('* * * * *'), interval, 'UTC')).toBe((interval.end - interval.start) / 60_000)
  expect(countTicks(cron('* * * * * *'), interval, 'Europe/Paris')).toBe((interval.end - interval.start) / 1_000)
  expect(countTicks(cron('0 3 * * *'), interval, 'Europe/Paris')).toBe(9_862)
  expect(ticksBetween(cron('0 3 * * *'), interval.start - 1, interval.end - 1, 'Europe/Paris', 10_000)).toHaveLength(9_862)
})

test('a clock that was changed and changed back within a week is followed', () => {
  const shown = ticksBetween(cron('0 12 * * *'), Date.UTC(2000, 9, 5), Date.UTC(2000, 9, 17), 'America/Boa_Vista', 20).map((tick) =>
    new Date(tick).getUTCHours(),
  )
  expect(shown).toEqual([16, 16, 16, 15, 15, 15, 15, 15, 15, 15, 16, 16])
})
