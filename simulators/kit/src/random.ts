/**
 * Seeded random numbers without state: a number is a pure function of (seed, names, step), so any instant of a simulated
 * history is computable alone, in any order, by any process.
 */

/** A place in the space of random numbers: 32 bits drawn from a seed and names. Two keys collide with probability 2^-32. */
export type RandomKey = number & { readonly randomKey: unique symbol }

/** The key of `names` under `seed`. The seed may be any finite number; names are joined unambiguously. */
export function randomKey(seed: number, ...names: readonly string[]): RandomKey {
  let hash = mix(Math.trunc(seed) >>> 0, Math.floor(seed / 2 ** 32) >>> 0)
  for (const name of names) {
    for (let i = 0; i < name.length; i++) hash = mix(hash, name.charCodeAt(i))
    hash = mix(hash, 0x10000 + name.length)
  }
  return hash as RandomKey
}

/** Uniform in [0, 1), 53 bits. `step` is any integer up to 2^53, negative ones included. */
export function uniformAt(key: RandomKey, step: number): number {
  const place = mix(mix(key, step >>> 0), Math.floor(step / 2 ** 32) >>> 0)
  return ((mix(place, 1) >>> 5) * 2 ** 26 + (mix(place, 2) >>> 6)) / 2 ** 53
}

/** Normal with mean 0 and deviation 1 (Box-Muller). */
export function normalAt(key: RandomKey, step: number): number {
  const place = mix(mix(key, step >>> 0), Math.floor(step / 2 ** 32) >>> 0)
  const radius = Math.sqrt(-2 * Math.log(((mix(place, 1) >>> 0) + 1) / 2 ** 32))
  return radius * Math.cos(2 * Math.PI * ((mix(place, 2) >>> 0) / 2 ** 32))
}

/** Nearly normal, mean 0, deviation 1, never beyond 3.47: the sum of four uniforms, four times as fast as `normalAt`. */
export function nearNormalAt(key: RandomKey, step: number): number {
  const first = mix(mix(key, step >>> 0), Math.floor(step / 2 ** 32) >>> 0)
  const second = mix(first, 1)
  return ((first >>> 16) + (first & 0xffff) + (second >>> 16) + (second & 0xffff) - 131_070) * NEAR_NORMAL_UNIT
}

/** Deviation 1 for the sum of four 16-bit numbers: the variance of one is (2^32 - 1) / 12. */
const NEAR_NORMAL_UNIT = Math.sqrt(3 / (2 ** 32 - 1))

/** Integer in [low, high], both included. */
export function integerAt(key: RandomKey, step: number, low: number, high: number): number {
  return low + Math.floor(uniformAt(key, step) * (high - low + 1))
}

/** One element of a list that is not empty. */
export function pickAt<T>(key: RandomKey, step: number, list: readonly [T, ...T[]]): T {
  return list[Math.floor(uniformAt(key, step) * list.length)] ?? list[0]
}

/** Murmur3's block step and finaliser: every input bit reaches every output bit. */
function mix(hash: number, block: number): number {
  let k = Math.imul(block, 0xcc9e2d51)
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593)
  let h = hash ^ k
  h = Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
