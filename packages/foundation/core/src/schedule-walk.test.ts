import { expect, test } from 'vitest'
import { formatInstant } from './instant.ts'
import { countTicks, cron, latestTick, nextTick, ticksBetween } from './schedule.ts'
import { randomCronFields } from './testing/random-cron.ts'
import { seeded, seedOfRun } from './testing/seeded.ts'

/*
 * Ticks beside a walk that shares nothing with them: every minute of some days is asked what a clock on the wall shows, and the expression
 * is matched against that by a parser of its own.
 */

const minute = 60_000
const day = 86_400_000

const rangeOf = { minute: [0, 59], hour: [0, 23], dayOfMonth: [1, 31], month: [1, 12], weekday: [0, 6] } as const

function valuesOf(field: string, [low, high]: readonly [number, number]): ReadonlySet<number> {
  const values = new Set<number>()
  for (const part of field.split(',')) {
    const [span = '', step = '1'] = part.split('/')
    const [from, to] = span === '*' ? [low, high] : span.split('-').map(Number)
    const last = to ?? (part.includes('/') ? high : (from ?? 0))
    for (let value = from ?? 0; value <= last; value += Number(step)) values.add(value)
  }
  return values
}

/** Whether a minute of the wall clock, written as if it were UTC, is one of the expression's. */
function matcher(expression: string): (wall: number) => boolean {
  const fields = expression.split(' ') as [string, string, string, string, string]
  const [minutes, hours, days, months, weekdays] = Object.values(rangeOf).map((range, n) => valuesOf(fields[n] ?? '*', range)) as [
    ReadonlySet<number>,
    ReadonlySet<number>,
    ReadonlySet<number>,
    ReadonlySet<number>,
    ReadonlySet<number>,
  ]
  return (wall) => {
    const at = new Date(wall)
    if (!minutes.has(at.getUTCMinutes()) || !hours.has(at.getUTCHours()) || !months.has(at.getUTCMonth() + 1)) return false
    const [byDay, byWeekday] = [days.has(at.getUTCDate()), weekdays.has(at.getUTCDay())]
    return fields[2] === '*' || fields[4] === '*' ? byDay && byWeekday : byDay || byWeekday
  }
}

function wallClock(zone: string): (instant: number) => number {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  return (instant) => Date.parse(`${clock.format(instant).replace(' ', 'T')}Z`)
}

/** Ticks of (from, until), by the rules of docs/guide/schedules.md. */
function walked(expression: string, zone: string, from: number, until: number): readonly number[] {
  const matches = matcher(expression)
  const wall = wallClock(zone)
  const seen: { at: number; wall: number }[] = []
  for (let at = from; at < until; at += minute) seen.push({ at, wall: wall(at) })
  const hour = expression.split(' ')[1] ?? '*'
  if (hour.startsWith('*') || valuesOf(hour, rangeOf.hour).size === 24) return seen.filter((each) => matches(each.wall)).map(({ at }) => at)
  const ticks = new Set<number>()
  const first = new Map<number, number>()
  for (const each of seen) if (!first.has(each.wall)) first.set(each.wall, each.at)
  for (let value = seen[0]?.wall ?? 0; value <= (seen.at(-1)?.wall ?? 0); value += minute) {
    if (!matches(value)) continue
    const at = first.get(value) ?? seen.find((each) => each.wall > value)?.at
    if (at !== undefined) ticks.add(at)
  }
  return [...ticks].sort((a, b) => a - b)
}

const zones = [
  'Europe/Paris',
  'Europe/London',
  'America/New_York',
  'America/Sao_Paulo',
  'America/Havana',
  'America/Santiago',
  'America/St_Johns',
  'Asia/Beirut',
  'Asia/Gaza',
  'Asia/Tehran',
  'Asia/Kathmandu',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Chatham',
  'UTC',
] as const

/** An instant of a change of the zone's clock near a time, else the time itself. */
function changeNear(zone: string, at: number): number {
  const wall = wallClock(zone)
  for (let n = 0; n < 365; n++) {
    const from = at + n * day
    if (wall(from + day) - wall(from) !== day) return from
  }
  return at
}

test('ticks are those of a walk along the wall clock, for random expressions in random zones around changes of the clock', () => {
  const seed = seedOfRun()
  const random = seeded(seed)
  const { chance, integer, pick } = random
  const { list, range, field } = randomCronFields(random, 2)
  for (let round = 0; round < 50; round++) {
    const zone = pick(zones)
    const days = chance(0.7) ? ['*', '*'] : [pick(['*', list(1, 28)]), pick(['*', range(0, 6)])]
    const hours = chance(0.6) ? field(0, 4) : field(0, 23)
    const expression = `${field(0, 59)} ${hours} ${days[0]} * ${days[1]}`
    const change = changeNear(zone, Date.UTC(2009 + integer(17), integer(12), 1))
    const [from, until] = [change - 2 * day, change + 3 * day]
    const ticks = walked(expression, zone, from - day, until + day).filter((tick) => tick > from && tick <= until)
    const at = from + integer(until - from)
    const what = `SLUICE_SEED=${seed} round ${round}: ${expression} in ${zone} around ${formatInstant(change)}`
    const schedule = cron(expression)
    expect(ticksBetween(schedule, from, until, zone, 100_000).map(formatInstant), what).toEqual(ticks.map(formatInstant))
    expect(countTicks(schedule, { start: from + 1, end: until + 1 }, zone), what).toBe(ticks.length)
    const [start, end] = [from + integer(until - from), from + integer(until - from)]
    expect(countTicks(schedule, { start, end }, zone), `${what}, of [${formatInstant(start)}, ${formatInstant(end)})`).toBe(
      ticks.filter((tick) => tick >= start && tick < end).length,
    )
    const [last, next] = [ticks.findLast((tick) => tick <= at), ticks.find((tick) => tick > at)]
    if (last !== undefined) expect(latestTick(schedule, at, zone), `${what}, at ${formatInstant(at)}`).toBe(last)
    if (next !== undefined) expect(nextTick(schedule, at, zone), `${what}, at ${formatInstant(at)}`).toBe(next)
    for (const tick of ticks.slice(0, 50)) expect(latestTick(schedule, tick, zone), what).toBe(tick)
  }
})

const shown = (expression: string, zone: string, from: string, until: string): string =>
  ticksBetween(cron(expression), Date.parse(from), Date.parse(until), zone, 1_000)
    .map((tick) => new Date(wallClock(zone)(tick)).toISOString().slice(11, 16))
    .join(' ')

test.each([
  ['0 2 * * *', '03:00'],
  ['30 2 * * *', '03:00'],
  ['0 2,14 * * *', '03:00 14:00'],
  ['0,30 2 * * *', '03:00'],
  ['*/15 2 * * *', '03:00'],
  ['5,10 2 * * *', '03:00'],
  ['30 1,2 * * *', '01:30 03:00'],
  ['30 2-3 * * *', '03:00 03:30'],
  ['0 2,3 * * *', '03:00'],
  ['0 2-6/2 * * *', '03:00 04:00 06:00'],
  ['30 2 * * 0', '03:00'],
  ['0 */6 * * *', '00:00 06:00 12:00 18:00'],
])('in the spring night of Paris that skips 02:00, "%s" comes at %s', (expression, ticks) => {
  expect(shown(expression, 'Europe/Paris', '2025-03-29T22:59:00Z', '2025-03-30T21:59:00Z')).toBe(ticks)
})

test.each([
  ['0 2 * * *', '02:00'],
  ['0 1-3 * * *', '01:00 02:00 03:00'],
  ['30 1,2,3 * * *', '01:30 02:30 03:30'],
  ['0 0-5 * * *', '00:00 01:00 02:00 03:00 04:00 05:00'],
  ['0 */8 * * *', '00:00 08:00 16:00'],
  ['0 */2 * * *', '00:00 02:00 02:00 04:00 06:00 08:00 10:00 12:00 14:00 16:00 18:00 20:00 22:00'],
])('in the autumn night of Paris that has 02:00 twice, "%s" comes at %s', (expression, ticks) => {
  expect(shown(expression, 'Europe/Paris', '2025-10-25T21:59:00Z', '2025-10-26T22:59:00Z')).toBe(ticks)
})

test('a day that a zone skips as a whole leaves one tick at its end, and an hour that is skipped at midnight one after it', () => {
  expect(
    ticksBetween(cron('0 12 * * *'), Date.parse('2011-12-29T00:00:00Z'), Date.parse('2012-01-01T00:00:00Z'), 'Pacific/Apia', 9).map(
      formatInstant,
    ),
  ).toEqual(['2011-12-29T22:00:00.000Z', '2011-12-30T10:00:00.000Z', '2011-12-30T22:00:00.000Z', '2011-12-31T22:00:00.000Z'])
  expect(shown('0 0 * * *', 'America/Sao_Paulo', '2018-11-03T12:00:00Z', '2018-11-05T01:00:00Z')).toBe('01:00')
})
