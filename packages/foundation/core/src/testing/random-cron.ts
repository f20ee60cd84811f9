import type { Random } from './seeded.ts'

/** Random fields of a cron expression, between two values: lists, ranges, and any of these, a step (from `shortest` on) or every value. */
export function randomCronFields({ integer, pick }: Random, shortest = 1) {
  const list = (low: number, high: number): string => Array.from({ length: 1 + integer(3) }, () => low + integer(high - low + 1)).join(',')
  const range = (low: number, high: number): string => {
    const from = low + integer(high - low)
    return `${from}-${from + 1 + integer(high - from)}`
  }
  const field = (low: number, high: number): string =>
    pick([
      () => '*',
      () => `*/${shortest + integer(6)}`,
      () => list(low, high),
      () => range(low, high),
      () => `${range(low, high)}/${1 + integer(3)}`,
    ])()
  return { list, range, field }
}
