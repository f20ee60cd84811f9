/** Numbers in [0, 1) from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export const victims = ['worker', 'start', 'postgres', 'everything'] as const
export type Victim = (typeof victims)[number]

export interface Kill {
  /** After the one before. */
  readonly afterMs: number
  readonly victim: Victim
  /** In [0, 1): which of several processes. */
  readonly which: number
}

/** The kills of a seed: workers most often, each victim at least once among any eight. */
export function killsOf(seed: number, count: number): readonly Kill[] {
  const random = randomFrom(seed)
  const round: readonly Victim[] = ['worker', 'worker', 'worker', 'worker', 'start', 'start', 'postgres', 'everything']
  const kills: Kill[] = []
  while (kills.length < count) {
    const order = round.map((victim) => ({ victim, at: random() })).toSorted((a, b) => a.at - b.at)
    for (const { victim } of order) kills.push({ afterMs: Math.floor(random() * 1_500), victim, which: random() })
  }
  return kills.slice(0, count)
}
