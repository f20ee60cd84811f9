import { nearNormalAt, type RandomKey } from './random.ts'

const YEAR_MS = 365.25 * 86_400_000
const LONGEST = 34
const SHORTEST = 13

/**
 * A random walk whose value at any instant (epoch ms) is computed alone, in about 20 steps.
 *
 * Knots stand every 2^34 ms (199 days) and are independent, nearly normal, of deviation `spread`, so the walk stays around 0 for ever.
 * Between two knots the path is a Brownian bridge built by halving: the middle of a segment is the mean of its ends plus a draw
 * whose variance is a quarter of the segment's. Below 2^13 ms (8 s) the path is a straight line. Over a day or a week the
 * increments therefore have the deviation of a Brownian motion of `perYear` (deviation after one year): 0.6 gives 3.1 % a day.
 */
export function walkAt(key: RandomKey, instant: number, perYear: number, spread: number): number {
  let length = 2 ** LONGEST
  let start = Math.floor(instant / length) * length
  let left = spread * nearNormalAt(key, start / 2 ** SHORTEST)
  let right = spread * nearNormalAt(key, (start + length) / 2 ** SHORTEST)
  let deviation = perYear * Math.sqrt(length / YEAR_MS / 4)
  while (length > 2 ** SHORTEST) {
    const half = length / 2
    const middle = start + half
    const value = (left + right) / 2 + deviation * nearNormalAt(key, middle / 2 ** SHORTEST)
    if (instant < middle) right = value
    else {
      left = value
      start = middle
    }
    length = half
    deviation *= Math.SQRT1_2
  }
  return left + (right - left) * ((instant - start) / length)
}
