import type { Instant } from '@sluice/core'

const most = 36 ** 4

/**
 * Twelve characters that sort by time: milliseconds and four random characters, base 36. Unique also across metadata databases, because
 * batch identities of manual runs hold it and the lake may outlive the database. `random` is in [0, 1).
 */
export const newRunId = (now: Instant, random: number): string => idOf(now, Math.floor(random * most))

const idOf = (now: Instant, number: number): string => now.toString(36).padStart(8, '0').slice(-8) + number.toString(36).padStart(4, '0')

/**
 * Ids of one millisecond for so many runs: each has its own part of the numbers, so that they differ and sort in their order. `random`
 * gives numbers in [0, 1).
 */
export function newRunIds(now: Instant, count: number, random: () => number = Math.random): readonly string[] {
  const start = (n: number): number => Math.floor((n * most) / count)
  return Array.from({ length: count }, (_, n) => idOf(now, start(n) + Math.floor(random() * (start(n + 1) - start(n)))))
}
