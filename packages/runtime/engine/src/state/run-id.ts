import type { Instant } from '@sluice/core'

/**
 * Twelve characters that sort by time: milliseconds and four random characters, base 36. Unique also across metadata databases, because
 * batch identities of manual runs hold it and the lake may outlive the database. `random` is in [0, 1).
 */
export const newRunId = (now: Instant, random: number): string =>
  now.toString(36).padStart(8, '0').slice(-8) +
  Math.floor(random * 36 ** 4)
    .toString(36)
    .padStart(4, '0')

/** Ids of one millisecond for so many runs: each has its own part of the random range, so that they sort in their order. */
export const newRunIds = (now: Instant, count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => newRunId(now, (n + Math.random()) / count))
