import { expect, test } from 'vitest'
import { rateWaitMs } from './rate-headers.ts'

const now = Date.parse('2026-11-30T10:07:00Z')
const seconds = now / 1_000
const limits = [
  { calls: 200, perMs: 900_000 },
  { calls: 2_000, perMs: 86_400_000 },
]

test.each<readonly [string, Record<string, string>, number | undefined]>([
  ['nothing is said', {}, undefined],
  ['something is left', { 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': '30' }, undefined],
  ['nothing is left, and nobody says how long', { 'x-ratelimit-remaining': '0' }, undefined],
  ['seconds from now', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '30' }, 30_000],
  ['seconds since 1970', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${seconds + 90}` }, 90_000],
  ['milliseconds since 1970', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${now + 1_500}` }, 1_500],
  ['fractions of a second', { 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': '1.5' }, 1_500],
  ['a time of the past', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${seconds - 90}` }, 0],
  ['a time as CoinMarketCap writes it', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '2026-11-30 10:08:00 +0000' }, 60_000],
  ['a date of HTTP', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'Mon, 30 Nov 2026 10:07:10 GMT' }, 10_000],
  ['something else', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'soon' }, undefined],
  ['the drafts before 08', { 'ratelimit-remaining': '0', 'ratelimit-reset': '12' }, 12_000],
  ['one header of the drafts', { ratelimit: 'limit=100, remaining=0, reset=50' }, 50_000],
  ['the drafts from 08 on', { ratelimit: '"burst";r=0;t=5, "day";r=7;t=4000' }, 5_000],
  ['two limits that are used up', { ratelimit: '"burst";r=0;t=5,"day";r=0;t=4000' }, 4_000_000],
  ['usage of a quarter of an hour, as Strava tells it', { 'x-ratelimit-limit': '200,2000', 'x-ratelimit-usage': '200,1437' }, 480_000],
  ['usage of a day', { 'x-readratelimit-limit': '100,1000', 'x-readratelimit-usage': '3,1000' }, 49_980_000],
  ['usage that is left', { 'x-ratelimit-limit': '200,2000', 'x-ratelimit-usage': '199,1437' }, undefined],
])('%s', (_, headers, expected) => {
  expect(rateWaitMs(headers, limits, now)).toBe(expected)
})
