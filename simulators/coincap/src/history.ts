import type { CatalogueAsset } from './catalogue.ts'
import { amountText } from './double.ts'
import { priceAt } from './price.ts'

const MINUTE = 60_000
const HOUR = 3_600_000
const DAY = 86_400_000

export const INTERVALS = {
  m1: MINUTE,
  m5: 5 * MINUTE,
  m15: 15 * MINUTE,
  m30: 30 * MINUTE,
  h1: HOUR,
  h2: 2 * HOUR,
  h6: 6 * HOUR,
  h12: 12 * HOUR,
  d1: DAY,
} as const

export type Interval = keyof typeof INTERVALS

/** The longest range of one call, in days. Not sourced: a setting of the simulator. */
export const HISTORY_RANGE_DAYS: Readonly<Record<Interval, number>> = {
  m1: 1,
  m5: 5,
  m15: 7,
  m30: 14,
  h1: 30,
  h2: 61,
  h6: 183,
  h12: 365,
  d1: 7300,
}

/** `time` in epoch ms, `date` the same instant in ISO 8601. */
export interface HistoryPoint {
  readonly priceUsd: string
  readonly time: number
  readonly date: string
}

export interface HistoryRange {
  readonly interval: Interval
  readonly start: number
  readonly end: number
}

/**
 * The range a query asks for, or the sentence that refuses it. Without `start` and `end` it is the longest range, up to now;
 * one without the other is refused.
 */
export function planHistory(query: URLSearchParams, now: number, rangeDays: Readonly<Record<Interval, number>>): HistoryRange | string {
  const interval = query.get('interval') ?? ''
  if (!isInterval(interval)) return `interval must be one of ${Object.keys(INTERVALS).join(', ')}`
  const longest = rangeDays[interval] * DAY
  if (!query.has('start') && !query.has('end')) return { interval, start: now - longest, end: now }
  const start = instantOf(query.get('start'))
  const end = instantOf(query.get('end'))
  if (start === undefined || end === undefined) return 'start and end must both be given, in milliseconds'
  if (start > end) return 'start must not be after end'
  if (end - start > longest) return `a range at interval ${interval} must not exceed ${rangeDays[interval]} days`
  return { interval, start, end }
}

/** The points on multiples of the interval within [start, end], none after `now`; each is the price `/assets` showed at that instant. */
export function historyOf(
  seed: number,
  asset: CatalogueAsset,
  { interval, start, end }: HistoryRange,
  now: number,
): readonly HistoryPoint[] {
  const step = INTERVALS[interval]
  const points: HistoryPoint[] = []
  for (let time = Math.ceil(start / step) * step; time <= Math.min(end, now); time += step) {
    points.push({ priceUsd: amountText(priceAt(seed, asset, time)), time, date: new Date(time).toISOString() })
  }
  return points
}

function isInterval(name: string): name is Interval {
  return Object.hasOwn(INTERVALS, name)
}

function instantOf(text: string | null): number | undefined {
  return text !== null && /^\d{1,14}$/.test(text) ? Number(text) : undefined
}
