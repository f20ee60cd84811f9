/** Random numbers that a seed decides (mulberry32): the same ones on every machine. */
export interface Random {
  /** In [0, 1). */
  next(): number
  /** In [0, below). */
  integer(below: number): number
  pick<const T>(items: readonly [T, ...T[]]): T
  chance(probability: number): boolean
  bytes(length: number): Uint8Array
}

export function seeded(seed: number): Random {
  let state = seed >>> 0
  const word = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const next = (): number => word() / 2 ** 32
  const integer = (below: number): number => Math.floor(next() * below)
  return {
    next,
    integer,
    pick: (items) => items[integer(items.length)] ?? items[0],
    chance: (probability) => next() < probability,
    bytes: (length) => new Uint8Array(Uint32Array.from({ length: Math.ceil(length / 4) }, word).buffer, 0, length),
  }
}

/** The seed of all random input in this run of the suite, which says it at its start. `SLUICE_SEED` repeats it. */
export function seedOfRun(): number {
  const seed = Number(process.env.SLUICE_SEED ?? Number.NaN)
  if (!Number.isSafeInteger(seed))
    throw new Error('SLUICE_SEED is not a whole number: the tests run with the configuration of this repository')
  return seed
}
